/** Where events come from: a key each, ready code, and a switch. */
import { Badge, Button, Code, Group, Menu, Modal, Radio, Stack, Text, TextInput, ActionIcon } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { workspace as place } from "../app/routes";
import { may, session } from "../session/session";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty, Failed, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { useListing } from "../ui/useListing";
import { sources } from "./room";
import { ArrivedFrom } from "./Arrived";
import { Snippets } from "./Snippets";
import { Secret, Signing } from "./Secret";

type Source = Schemas["Source"];
type Made = Schemas["Made"];

const kindOf = (each: Source) => KINDS[each.kind === "track" ? "track" : each.public ? "browser" : "server"]!.short;
const WORTH = { name: (each: Source) => each.name, kind: kindOf, last_used: (each: Source) => (each.last_used ? Date.parse(each.last_used) : 0) };

export function Sources() {
  const { workspace } = sources.useParams();
  const asked = useListing(sources.useSearch());
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [open, setOpen] = useState<{ source: Source; made?: Made } | null>(null);
  const [making, setMaking] = useState(false);
  const [renaming, setRenaming] = useState<Source | null>(null);
  const again = () => void client.invalidateQueries({ queryKey: ["sources", workspace] });
  const change = useMutation({
    mutationFn: ({ source, ...body }: { source: Source; name?: string; disabled?: boolean }) => data(api.PATCH("/api/sources/{id}", { params: { path: { id: source.id } }, body })),
    onSuccess: (_, { source, disabled }) => {
      again();
      setRenaming(null);
      if (disabled === undefined) return told("The source was renamed.");
      told(disabled ? `${source.name} is off: what it sends is not taken.` : `${source.name} is on.`, () => change.mutate({ source, disabled: !disabled }));
    },
    onError: toldFault,
  });
  const rotate = useMutation({
    mutationFn: (source: Source) => data(api.POST("/api/sources/{id}/rotate", { params: { path: { id: source.id } } })),
    onSuccess: (made, source) => { again(); setOpen({ source, made }); },
    onError: toldFault,
  });
  const remove = useMutation({
    mutationFn: (source: Source) => data(api.DELETE("/api/sources/{id}", { params: { path: { id: source.id } } })),
    onSuccess: (_, { name }) => { again(); told(`${name} was removed.`); },
    onError: toldFault,
  });
  const edits = !!now && may(now, workspace, "keys:edit");
  const sure = (title: string, says: string, confirm: string, go: () => void) =>
    modals.openConfirmModal({ title, children: <Text size="sm">{says}</Text>, labels: { confirm, cancel: "Cancel" }, confirmProps: { color: "red" }, onConfirm: go });
  const make = edits && <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New source</Button>;
  return (
    <>
      <ListPage<Source, null>
        title="Sources"
        about="Where events come from: a key for each product that sends them."
        actions={make}
        queryKey={["sources", workspace, "list", asked.q]}
        fetch={async () => {
          const all = (await data(api.GET("/api/sources"))).sources;
          return { rows: all.filter((each) => each.kind !== "app" && asked.found(`${each.name} ${kindOf(each)} ${each.hint}`)), next: null };
        }}
        refetchInterval={10_000}
        search={asked.search("Search by name, kind or the key’s end")}
        sorts={asked.sorts(WORTH)}
        idOf={(each) => String(each.id)}
        columns={[
          { accessor: "name", title: "Name", render: (each) => <><Text span size="sm" fw={550}>{each.name}</Text> {each.disabled && <Badge>Off</Badge>}</> },
          { accessor: "kind", title: "Kind", render: kindOf },
          { accessor: "hint", title: "Key", visibleMediaQuery: "(min-width: 48em)", render: (each) => <Code>…{each.hint}</Code> },
          { accessor: "last_used", title: "Last event", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.last_used ? <Moment at={each.last_used} /> : <Text component="span" size="sm" c="dimmed">Never</Text> },
          ...(edits ? [{
            accessor: "more", title: "", textAlign: "right" as const,
            render: (each: Source) => (
              <Group gap={4} justify="flex-end" wrap="nowrap">
                <Button data-row size="compact-xs" variant="default" aria-label={`Key and code of ${each.name}`} onClick={() => setOpen({ source: each })}>Key and code</Button>
                <Menu position="bottom-end">
                  <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={`More of ${each.name}`}><IconDots size={16} /></ActionIcon></Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => setRenaming(each)}>Rename</Menu.Item>
                    <Menu.Item onClick={() => sure(`A new key for ${each.name}?`, "The present one is void at once: whatever uses it is not taken until it has the new one.", "Make a new key", () => rotate.mutate(each))}>New key</Menu.Item>
                    <Menu.Item onClick={() => change.mutate({ source: each, disabled: !each.disabled })}>{each.disabled ? "Switch on" : "Switch off"}</Menu.Item>
                    <Menu.Item color="red" onClick={() => sure(`Remove ${each.name}?`, "Its key is void at once. What it sent stays.", "Remove", () => remove.mutate(each))}>Remove</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </Group>
            ),
          }] : []),
        ]}
        empty={<Empty title="No sources yet">A source is one product that sends events, such as your web shop or your server. Make one, and paste the code it gives you.</Empty>}
      />
      <Modal size="xl" opened={!!open} onClose={() => setOpen(null)} title={open?.source.name} closeButtonProps={{ "aria-label": "Close" }}>
        {open && <KeyAndCode source={open.source} known={open.made} />}
      </Modal>
      <Modal size="xl" opened={making} onClose={() => { setMaking(false); again(); }} title="New source" closeButtonProps={{ "aria-label": "Close" }}><Make close={() => setMaking(false)} /></Modal>
      <Modal opened={!!renaming} onClose={() => setRenaming(null)} title="Rename" closeButtonProps={{ "aria-label": "Close" }}>
        {renaming && <Rename source={renaming} fault={change.error} go={(name) => change.mutate({ source: renaming, name })} />}
      </Modal>
    </>
  );
}

function KeyAndCode({ source, known }: { source: Source; known?: Made }) {
  const kept = useQuery({
    queryKey: ["source-key", source.id],
    queryFn: () => data(api.GET("/api/sources/{id}/key", { params: { path: { id: source.id } } })),
    enabled: !known && source.shown, gcTime: 0,
  });
  const made = known ?? kept.data;
  if (kept.error) return <Failed error={kept.error} />;
  if (!made && source.shown) return <Waiting rows={4} />;
  if (!made) {
    return (
      <Stack>
        <Text size="sm">This key was made at the command line and is kept as a hash, so it can&rsquo;t be shown. <i>New key</i> in its menu replaces it.</Text>
        <Snippets kind={source.kind} isPublic={source.public} secret={source.kind === "track" ? "YOUR_SITE_ID:YOUR_API_KEY" : "YOUR_WRITE_KEY"} />
      </Stack>
    );
  }
  return (
    <Stack>
      <Secret name="Key" text={made.key} />
      <Text size="xs" c="dimmed">{source.public ? "It stands in your page’s source, where anybody can read it. So it may record what people do and set their attributes, and can’t delete or merge anybody, nor change a known person’s email, id or consent." : "Keep it on your servers: with it, anybody could be made to look like one of your people."}</Text>
      <Snippets kind={source.kind} isPublic={source.public} secret={made.key} />
      <ArrivedFrom source={source.name} />
      <Signing secret={made.signing_secret} />
    </Stack>
  );
}

const KINDS: Record<string, { short: string; label: string; about: string; body: { kind: "write_key" | "track"; public: boolean } }> = {
  browser: { short: "Browser or app", label: "A website or app", about: "Its key can be read by visitors, so it may do little", body: { kind: "write_key", public: true } },
  server: { short: "Server", label: "A server", about: "By Segment’s, RudderStack’s or Customer.io’s libraries, or plain HTTP", body: { kind: "write_key", public: false } },
  track: { short: "Customer.io Track", label: "A server that speaks Customer.io’s Track API", about: "Site id and API key, as you have them there", body: { kind: "track", public: false } },
};

/** `close`: where it is asked for in a dialog. */
export function Make({ first = "", close }: { first?: string; close?: () => void }) {
  const { workspace } = place.useParams();
  const client = useQueryClient();
  const [name, setName] = useState(first);
  const [kind, setKind] = useState("browser");
  const make = useMutation({
    mutationFn: () => data(api.POST("/api/sources", { body: { name, ...KINDS[kind]!.body } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources", workspace] }),
  });
  if (make.data) {
    const { kind: made, public: isPublic } = KINDS[kind]!.body;
    return (
      <Stack>
        <Secret name="Key" text={make.data.key} />
        <Snippets kind={made} isPublic={isPublic} secret={make.data.key} />
        {close && <ArrivedFrom source={make.data.name} />}
        <Signing secret={make.data.signing_secret} />
      </Stack>
    );
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
      <Stack>
        <TextInput label="Name" placeholder="Web shop" maw={360} value={name} error={make.error instanceof Refused ? (make.error.of("name") ?? make.error.says) : undefined} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <Radio.Group label="What sends" value={kind} onChange={setKind}>
          <Stack gap={8} mt={6}>{Object.entries(KINDS).map(([value, each]) => <Radio key={value} value={value} label={each.label} description={each.about} />)}</Stack>
        </Radio.Group>
        <Group justify={close ? "flex-end" : undefined}>{close && <Button variant="default" onClick={close}>Cancel</Button>}<Button type="submit" loading={make.isPending} disabled={!name.trim()}>Create</Button></Group>
      </Stack>
    </form>
  );
}

function Rename({ source, fault, go }: { source: Source; fault: Error | null; go: (name: string) => void }) {
  const [name, setName] = useState(source.name);
  return (
    <form onSubmit={(event) => { event.preventDefault(); go(name); }}>
      <Stack>
        <TextInput label="Name" value={name} error={fault instanceof Refused ? fault.of("name") : undefined} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <Group justify="flex-end"><Button type="submit" disabled={!name.trim() || name === source.name}>Rename</Button></Group>
      </Stack>
    </form>
  );
}
