/** One template, layout or snippet: drawn as blocks, written as code, set by a form, with how it reads beside it; published by a plan. */
import { ActionIcon, Alert, Anchor, Box, Button, Group, Menu, Select, Stack, Switch, Tabs, Text } from "@mantine/core";
import { useDebouncedValue, useMediaQuery } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { WORDS } from "../api/autosave";
import { api, data, Refused, type Schemas } from "../api/client";
import { Meanwhile, Others } from "../drafts/Kept";
import { useWhole } from "../drafts/useWhole";
import { useNames } from "../journeys/called";
import { may, session } from "../session/session";
import { Back } from "../ui/Back";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { Copy } from "./Copy";
import type { At } from "./Code";
import type { Steps } from "./Design";
import { Flaws } from "./Flaws";
import { said, split, withBody } from "./front";
import { at, contents, contentWords, discardDraft, draftOf, FORMATS, piece, readable, variables, WHAT, writeDraft, type Draft, type Kind, type PieceShown, type Source } from "./piece";
import { Preview, type With } from "./Preview";
import { Publish } from "./Publish";
import { one, type View } from "./room";
import { Settings } from "./Settings";
import { shownIn } from "./shownIn";

const Design = lazy(() => import("./Design").then((module) => ({ default: module.Design })));
const Versions = lazy(() => import("./Versions").then((module) => ({ default: module.Versions })));
const Code = lazy(() => import("./Code").then((module) => ({ default: module.Code })));

export function PiecePage() {
  const { workspace, kind, name } = one.useParams();
  const { view } = one.useSearch();
  const navigate = useNavigate();
  return <Piece workspace={workspace} kind={kind} name={name} view={view} go={(to) => void navigate({ to: ".", search: { view: to }, replace: true })} />;
}

/** The same within another page, which goes on where it was: without what leads away, and published along with what it is part of. */
export function InPlace({ workspace, kind, name }: { workspace: string; kind: Kind; name: string }) {
  const [view, setView] = useState<View | undefined>(undefined);
  return <Piece workspace={workspace} kind={kind} name={name} view={view} go={setView} inPlace />;
}

interface Where { view: View | undefined; go: (to: View) => void; inPlace?: boolean }

function Piece({ workspace, kind, name, ...where }: Where & { workspace: string; kind: string; name: string }) {
  const known = kind in WHAT;
  const [chosen, setChosen] = useState<With>({ person: "", event: "", locale: "" });
  const found = useQuery({ ...piece(workspace, kind as Kind, name), enabled: known, refetchOnWindowFocus: false });
  const draft = useQuery({ queryKey: ["draft", workspace, kind, name], queryFn: () => draftOf(kind as Kind, name), enabled: known, refetchOnWindowFocus: false, gcTime: 0 });
  const failed = found.error ?? draft.error;
  const back = !where.inPlace && <Back to={`/${encodeURIComponent(workspace)}/content`}>Content</Back>;
  if (!known) return <>{back}<Failed whole error={new Refused(404, "There is no such content.")} /></>;
  if (failed) return <>{back}<Failed whole error={failed} again={() => { void found.refetch(); void draft.refetch(); }} /></>;
  if (!found.data || !draft.data || draft.isFetching) return <Waiting head />;
  return <Editor key={`${kind} ${name} ${draft.data.etag}`} workspace={workspace} kind={kind as Kind} shown={found.data} draft={draft.data} chosen={chosen} setChosen={setChosen} again={() => { void found.refetch(); void draft.refetch(); }} {...where} />;
}

interface Props extends Where { workspace: string; kind: Kind; shown: PieceShown; draft: Draft; chosen: With; setChosen: (chosen: With) => void; again: () => void }

function Editor({ workspace, kind, shown, draft, chosen, setChosen, again, view, go, inPlace = false }: Props) {
  const { name } = shown;
  const { data: now } = useQuery(session);
  const navigate = useNavigate();
  const client = useQueryClient();
  const before: Source = { text: shown.text, format: shown.format };
  const whole = useWhole<Source>(kind, name, { value: draft.source ?? before, etag: draft.etag }, (value, tag) => writeDraft(kind, name, value, tag), async () => (await draftOf(kind, name)).etag);
  const { now: source, etag } = whole;
  const [asks, setAsks] = useState<"" | "publish" | "versions" | "copy">("");
  const wide = useMediaQuery("(min-width: 80em)", true);
  const edits = !!now && may(now, workspace, "content:edit");
  const publishes = !!now && may(now, workspace, "journeys:publish");
  const previews = !!now && may(now, workspace, "people:read");
  const isBlocks = source.format === "mjml" && kind === "template";
  const shows: View = view ?? (isBlocks ? "design" : "code");
  const [asked, setBeside] = useState<boolean | null>(null);
  const roomy = useMediaQuery("(min-width: 100em)", true);
  const beside = asked ?? (shows !== "design" || roomy);
  const put = (next: Source) => { if (next.text !== source.text || next.format !== source.format) whole.edit(next, "text"); };
  const change = (text: string) => put({ ...source, text });
  const [settled] = useDebouncedValue(source, 300);
  const checked = useQuery({
    queryKey: ["content", workspace, kind, name, "check", settled],
    queryFn: () => data(api.POST("/api/content/{kind}/{name}/check", { params: { path: { kind, name } }, body: settled })),
    placeholderData: (last) => last,
    gcTime: 0,
  });
  const { data: offered } = useQuery(variables(workspace));
  const { data: words } = useQuery(contentWords);
  const reads = useMemo(() => readable(offered), [offered]);
  const problems = checked.data?.problems ?? [];
  const channel = kind === "template" ? said(source.text, "channel") || "email" : "";
  const steps = useRef<Steps>(null);
  const [line, setLine] = useState<At | undefined>(undefined);
  const toLine = (to: number) => { setLine({ line: to }); go("code"); };
  const latest = useRef(source);
  useEffect(() => { latest.current = source; });
  /** Show another text as the draft. The one before is kept, also what was written since. */
  const turn = (to: Source, says: string) => {
    const last = latest.current;
    whole.edit(to);
    told(says, () => turn(last, "The draft is as it was before."));
  };
  const restore = (then: Source) => {
    turn(then, "It is the draft now; publish it to bring it back");
    setAsks("");
  };
  const discard = async () => {
    await whole.flush();
    const last = source;
    try {
      const standing = await draftOf(kind, name);
      if (standing.etag) await discardDraft(kind, name, standing.etag);
      await client.invalidateQueries({ queryKey: ["content", workspace] });
      if (!shown.in_force) await navigate({ to: `/${encodeURIComponent(workspace)}/content` });
      else again();
      told("The draft is discarded", () => void writeDraft(kind, name, last, "").then(() => { void client.invalidateQueries({ queryKey: ["content", workspace] }); again(); }, toldFault));
    } catch (error) {
      toldFault(error as Error);
    }
  };
  const remove = async () => {
    try {
      const path = { kind, name };
      await api.DELETE("/api/content/{kind}/{name}", { params: { path, query: { over: shown.number } } });
      await client.invalidateQueries({ queryKey: ["content", workspace] });
      await navigate({ to: `/${encodeURIComponent(workspace)}/content` });
      told(`${name} is deleted`, () => void api.POST("/api/content/{kind}/{name}/restore", { params: { path }, body: { number: shown.number } }).then(() => client.invalidateQueries({ queryKey: ["content", workspace] }), toldFault));
    } catch (error) {
      toldFault(error as Error);
    }
  };
  const tabs: { value: View; label: string }[] = [...(isBlocks ? [{ value: "design" as const, label: "Design" }] : []), { value: "code", label: "Code" }, ...(kind === "template" ? [{ value: "settings" as const, label: "Settings" }] : [])];
  const mine = shown.used_by.length;
  const names = useNames(workspace);
  return (
    <>
      {!inPlace && <Back to={`/${encodeURIComponent(workspace)}/content`}>Content</Back>}
      <PageHead title={name} about={<>{WHAT[kind]}, {FORMATS[source.format] ?? source.format}{mine > 0 && <>, used by {shown.used_by.map((user, n) => <span key={`${user.kind}/${user.name}`}>{n > 0 && ", "}<Anchor component={Link} to={user.kind === "journey" ? `/${encodeURIComponent(workspace)}/journeys/${user.name}` : at(workspace, user.kind, user.name)} fz="sm" c="inherit" td="underline">{names.of(user)}</Anchor></span>)}</>}</>}>
        <Others workspace={workspace} of={whole.others} />
        {etag && <Text size="xs" c="dimmed" role="status">{WORDS[whole.saving]}</Text>}
        {edits && publishes && (!inPlace || shown.in_force) && <Button variant={inPlace ? "default" : undefined} disabled={!etag} onClick={() => void whole.flush().then(() => setAsks("publish"))}>Publish…</Button>}
        {!inPlace && <Menu position="bottom-end" width={200}>
          <Menu.Target><ActionIcon variant="default" size="lg" aria-label="More"><IconDots size={17} /></ActionIcon></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void whole.flush().then(() => setAsks("versions"))}>Versions</Menu.Item>
            {edits && <Menu.Item onClick={() => setAsks("copy")}>Duplicate…</Menu.Item>}
            {edits && etag && <Menu.Item onClick={() => void discard()}>Discard draft</Menu.Item>}
            {publishes && shown.in_force && (
              <Menu.Item color="red" disabled={mine > 0} title={mine > 0 ? "Something uses it" : undefined} onClick={() => void remove()}>Delete</Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>}
      </PageHead>
      {(whole.fault || whole.news) && <Box mb="md"><Meanwhile workspace={workspace} of={whole} theirs={again} /></Box>}
      <Tabs value={shows} onChange={(to) => to && go(to as View)} mb="md" keepMounted={false}>
        <Group justify="space-between" wrap="nowrap">
          <Tabs.List style={{ flex: 1 }}>{tabs.map((tab) => <Tabs.Tab key={tab.value} value={tab.value}>{tab.label}</Tabs.Tab>)}</Tabs.List>
          {previews && <Switch size="xs" label="Preview" checked={beside} onChange={(event) => setBeside(event.currentTarget.checked)} />}
        </Group>
        <div style={{ display: "grid", gap: 24, marginTop: 16, gridTemplateColumns: beside && previews && wide ? "minmax(0, 1fr) minmax(380px, 0.8fr)" : "minmax(0, 1fr)" }}>
          <div>
            {isBlocks && (
              <Tabs.Panel value="design">
                <Suspense fallback={<Waiting rows={10} />}>
                  <Design workspace={workspace} steps={steps} body={split(source.text).body} variables={reads} readOnly={!edits} onChange={(body) => change(withBody(source.text, body))} toCode={() => go("code")} />
                </Suspense>
              </Tabs.Panel>
            )}
            <Tabs.Panel value="code">
              <Suspense fallback={<Waiting rows={10} />}>
                <Code label={`Text of ${name}`} text={source.text} format={source.format} problems={problems} words={words} variables={reads} at={line} readOnly={!edits} onChange={change} />
              </Suspense>
            </Tabs.Panel>
            {kind === "template" && <Tabs.Panel value="settings"><Settings workspace={workspace} text={source.text} format={source.format} variables={reads} readOnly={!edits} onChange={change} /></Tabs.Panel>}
            <Problems of={problems} toLine={toLine} />
          </div>
          {beside && previews && <Through workspace={workspace} kind={kind} name={name} stamp={etag} chosen={chosen} onChoose={setChosen} tests={edits} channel={channel} onProblem={toLine} />}
        </div>
      </Tabs>
      {asks === "publish" && <Publish workspace={workspace} kind={kind} name={name} as={chosen} onClose={() => setAsks("")} onDone={() => { setAsks(""); again(); }} />}
      {asks === "versions" && <Suspense fallback={null}><Versions workspace={workspace} kind={kind} name={name} edits={edits} previews={previews} stamp={etag} chosen={chosen} onChoose={setChosen} onClose={() => setAsks("")} onRestore={restore} /></Suspense>}
      {asks === "copy" && <Copy workspace={workspace} kind={kind} name={name} source={source} onClose={() => setAsks("")} />}
    </>
  );
}

function Problems({ of, toLine }: { of: Schemas["TextFlaw"][]; toLine: (line: number) => void }) {
  const stops = of.some((each) => !each.warning);
  return (
    <div aria-live="polite">
      {of.length > 0 && <Alert mt="sm" role={stops ? "alert" : "note"} variant="light" color={stops ? "red" : "yellow"} title={stops ? "It can't be published like this" : "Worth a look"}><Flaws of={of} toLine={toLine} /></Alert>}
    </div>
  );
}

/** The preview of a template, or of a layout or snippet within a message that uses it. */
function Through({ workspace, kind, name, ...rest }: { workspace: string; kind: Kind; name: string; stamp: string; chosen: With; onChoose: (chosen: With) => void; tests: boolean; channel: string; onProblem: (line: number) => void }) {
  const { data: found } = useQuery({ ...contents(workspace), enabled: kind !== "template" });
  const [template, setTemplate] = useState("");
  const through = shownIn(found?.pieces ?? [], kind, name);
  useEffect(() => { if (kind !== "template" && !through.includes(template)) setTemplate(through[0] ?? ""); }, [kind, template, through]);
  if (kind === "template") return <Preview workspace={workspace} template={name} {...rest} />;
  if (!found) return <Waiting rows={4} />;
  if (!template) return <Text size="sm" c="dimmed">No message uses it yet, so there is nothing to show it in.</Text>;
  return (
    <Stack gap="sm">
      <Select size="xs" label="Shown in" data={through} value={template} onChange={(to) => setTemplate(to ?? "")} />
      <Preview workspace={workspace} template={template} piece={`${kind}:${name}`} {...rest} tests={false} onProblem={undefined} />
    </Stack>
  );
}
