/** One picture: what it shows, what it is called, where it stands, what uses it, how it was before; replaced, published, deleted. */
import { Alert, Anchor, Button, CopyButton, FileButton, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type FormEvent, type ReactNode } from "react";
import { api, data, type Refused } from "../api/client";
import { at } from "../content/piece";
import { may, session } from "../session/session";
import { SideDialog } from "../ui/SideDialog";
import { Moment } from "../ui/moment";
import { told, toldFault } from "../ui/told";
import { measure, type Asset } from "./assets";
import "./assets.css";
import { Uploads, useUploads } from "./Uploads";

const Publish = lazy(() => import("../content/Publish").then((module) => ({ default: module.Publish })));
const KINDS: Record<string, string> = { template: "Template", layout: "Layout", snippet: "Snippet", brand: "Brand" };

interface Props { workspace: string; of: Asset; onClose: () => void; onCalled: (name: string) => void }

export function One({ workspace, of, onClose, onCalled }: Props) {
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [says, setSays] = useState(of.says);
  const [name, setName] = useState(of.name);
  const [fault, setFault] = useState("");
  const [publishes, setPublishes] = useState(false);
  const { sent, send, dismiss } = useUploads();
  const versions = useQuery({ queryKey: ["content", workspace, "asset", of.name, "versions"], queryFn: () => data(api.GET("/api/content/{kind}/{name}/versions", { params: { path: { kind: "asset", name: of.name } } })) });
  const edits = !!now && may(now, workspace, "content:edit"), publisher = !!now && may(now, workspace, "journeys:publish");
  const path = { name: of.name };
  const again = () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "content" || queryKey[0] === "labels" });
  const describe = (event: FormEvent) => {
    event.preventDefault();
    const write = (words: string) => api.PUT("/api/assets/{name}/says", { params: { path }, body: { says: words } }).then(again);
    write(says).then(() => told(`It is known what ${of.name} shows.`, () => { setSays(of.says); void write(of.says).catch(toldFault); }), toldFault);
  };
  const call = (event: FormEvent) => {
    event.preventDefault();
    const to = name.trim();
    api.POST("/api/assets/{name}/rename", { params: { path }, body: { to } }).then(async () => { onCalled(to); await again(); told(`${of.name} is called ${to} now.`); }, (error: Refused) => setFault([error.says, error.hint].filter(Boolean).join("; ")));
  };
  const restore = async (hash: string, number: number | null, says: string) => {
    try {
      await api.POST("/api/assets/{name}/restore", { params: { path }, body: { hash, number } });
      await again();
      told(says);
    } catch (error) {
      toldFault(error as Error);
    }
  };
  const erase = () => modals.openConfirmModal({
    title: `Erase ${of.name} for good?`,
    children: <Text size="sm">Its file goes from this installation, with every earlier one of this name. Mail that was sent shows a gap where it stood, and it can’t be brought back. Programs that keep pictures on their way may show it for a while.</Text>,
    labels: { confirm: "Erase it", cancel: "Keep it" },
    confirmProps: { color: "red" },
    onConfirm: () => void api.DELETE("/api/assets/{name}", { params: { path, query: { erase: true } } }).then(async () => { onClose(); await again(); told(`${of.name} is erased.`); }, toldFault),
  });
  const remove = async () => {
    try {
      const gone = await data(api.DELETE("/api/assets/{name}", { params: { path } }));
      onClose();
      await again();
      told(`${of.name} is deleted.`, () => void restore(gone.hash, gone.number ?? null, `${of.name} is back.`));
    } catch (error) {
      toldFault(error as Error);
      void again();
    }
  };
  const replace = async (file: File | null) => {
    if (!file) return;
    const [made] = await send([file], of.name);
    if (made) told(made.in_force && made.draft ? "It is shown in previews now. Publish it, and messages show it too." : `${of.name} is replaced.`, () => void restore(of.hash, null, `${of.name} is as it was.`));
  };
  const earlier = (versions.data?.versions ?? []).filter((each) => each.text && each.text !== of.hash);
  return (
    <SideDialog onClose={onClose} size="md" title={of.name} styles={{ title: { fontWeight: 600, overflowWrap: "anywhere" } }}>
      <Stack gap="lg">
        <div>
          <div className="asset-look large"><img src={of.path} alt={of.says || of.name} /></div>
          <Group justify="space-between" mt={6} gap="xs">
            <Text size="sm" c="dimmed" className="figures">{of.type === "webp" ? "WebP" : of.type.toUpperCase()}, {measure(of)}</Text>
            {edits && <Group gap="xs">
              <FileButton onChange={(file) => void replace(file)} accept={`image/${of.type}`} inputProps={{ "aria-label": "File that takes its place" }}>{(props) => <Button {...props} size="xs" variant="default">Replace</Button>}</FileButton>
              <Button size="xs" variant="default" disabled={of.used_by.length > 0} onClick={() => void remove()}>Delete</Button>
              {publisher && <Button size="xs" variant="subtle" color="red" disabled={of.used_by.length > 0} onClick={erase}>Erase…</Button>}
            </Group>}
          </Group>
          <Uploads sent={sent} dismiss={dismiss} />
        </div>
        {of.draft !== null && of.in_force && (
          <Alert variant="light" title="Not live yet">
            <Text size="sm">{of.draft} put this in its place. Live messages show the former one until it is published.</Text>
            {publisher && <Button size="xs" mt="sm" onClick={() => setPublishes(true)}>Publish…</Button>}
          </Alert>
        )}
        <form onSubmit={describe}>
          <TextInput label="What it shows" description="Read to people who can't see it; offered wherever you put it." placeholder="Three colleagues at a table" maxLength={300} value={says} disabled={!edits} onChange={(event) => setSays(event.currentTarget.value)} />
          {edits && says.trim() !== of.says && <Button type="submit" size="xs" mt="xs">Save</Button>}
        </form>
        <Part title="Used by">
          {of.used_by.length === 0 ? <Text size="sm" c="dimmed">Nothing yet. It goes live with the first message that shows it.</Text> : (
            <Stack gap={2} component="ul" m={0} pl={0} style={{ listStyle: "none" }}>
              {of.used_by.map((each) => <li key={`${each.kind}/${each.name}`}><Text size="sm"><Text component="span" c="dimmed" size="sm">{KINDS[each.kind] ?? each.kind} </Text><Anchor component={Link} size="sm" to={each.kind === "brand" ? `/${encodeURIComponent(workspace)}/settings/brand` : at(workspace, each.kind, each.name)}>{each.name}</Anchor></Text></li>)}
            </Stack>
          )}
          {edits && of.used_by.length > 0 && <Text size="xs" c="dimmed" mt={4}>What is used is neither deleted nor renamed: take it out there first.</Text>}
        </Part>
        <Part title="In messages">
          <Copied label="How code names it" text={of.liquid} />
          <Copied label="Address" text={of.url} />
        </Part>
        {edits && of.used_by.length === 0 && (
          <form onSubmit={call}>
            <TextInput label="Name" value={name} error={fault} onChange={(event) => { setName(event.currentTarget.value); setFault(""); }} />
            {name.trim() !== of.name && <Button type="submit" size="xs" mt="xs">Rename</Button>}
          </form>
        )}
        {earlier.length > 0 && (
          <Part title="Earlier">
            <Stack gap="xs" component="ul" m={0} pl={0} style={{ listStyle: "none" }}>
              {earlier.map((each) => (
                <Group key={each.number} component="li" gap="sm" wrap="nowrap">
                  <span className="asset-look" style={{ width: 72, height: 48, borderRadius: 6, padding: 4 }}><img src={`/a/${each.text}/${encodeURIComponent(of.name)}`} alt="" loading="lazy" /></span>
                  <Text size="sm" flex={1}>{each.author || "from files"}, <Moment at={each.at} /></Text>
                  {edits && <Button size="compact-xs" variant="default" onClick={() => void restore(each.text, null, `${of.name} is as it was; publish it, and messages show it.`)}>Restore</Button>}
                </Group>
              ))}
            </Stack>
          </Part>
        )}
      </Stack>
      {publishes && <Suspense fallback={null}><Publish workspace={workspace} kind="asset" name={of.name} onClose={() => setPublishes(false)} onDone={() => setPublishes(false)} /></Suspense>}
    </SideDialog>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <section aria-label={title}><Title order={2} mb={4}>{title}</Title>{children}</section>;
}

function Copied({ label, text }: { label: string; text: string }) {
  return (
    <Group gap="xs" wrap="nowrap" align="flex-end" mb="xs">
      <TextInput flex={1} size="xs" label={label} value={text} readOnly onFocus={(event) => event.currentTarget.select()} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
      <CopyButton value={text}>{({ copied, copy }) => <Button size="xs" variant="default" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
    </Group>
  );
}
