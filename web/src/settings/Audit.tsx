/** Everything that was changed here, by whom, from what to what. */
import { Code, Collapse, Group, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { audit, type Narrowed } from "./room";

type Entry = Schemas["Entry"];
const KINDS = ["account", "approval", "invitation", "journey", "member", "secret", "segment", "sender", "session", "settings", "source", "template", "workspace"];

export function Audit() {
  const { q = "", kind = "" } = audit.useSearch();
  const { workspace } = audit.useParams();
  const navigate = useNavigate();
  const narrow = (by: Narrowed) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ q, kind, ...by }).filter(([, value]) => value)), replace: true });
  return (
    <ListPage<Entry, number>
      title="Audit log"
      about="Everything that was changed here, by whom, from what to what."
      queryKey={["audit", workspace, q, kind]}
      fetch={async (before) => {
        const page = await data(api.GET("/api/audit", { params: { query: { q, kind, before: before ?? 0 } } }));
        return { rows: page.entries, next: page.next ?? null };
      }}
      search={{ value: q, placeholder: "Search by who or what", onChange: (text) => narrow({ q: text }) }}
      filters={<Select w={150} aria-label="Kind" placeholder="Everything" data={KINDS} value={kind || null} clearable clearButtonProps={{ "aria-label": "Everything" }} onChange={(value) => narrow({ kind: value ?? "" })} />}
      idOf={(each) => String(each.id)}
      columns={[
        { accessor: "what", title: "What happened", render: (each) => <What of={each} /> },
        { accessor: "at", title: "When", width: 150, render: (each) => <Moment at={each.at} /> },
      ]}
      empty={<Empty title="Nothing yet">{kind ? "Nothing of this kind was changed." : "Each change to this workspace is written down here, with what was before and what is after."}</Empty>}
    />
  );
}

function What({ of: each }: { of: Entry }) {
  const [open, setOpen] = useState(false);
  const more = each.before != null || each.after != null;
  const said = <Text size="sm" style={{ overflowWrap: "anywhere" }}><b>{each.actor}</b> {each.what} {each.kind === "session" ? "" : each.kind} {each.kind === "session" ? "" : <b>{each.name}</b>}</Text>;
  if (!more) return said;
  return (
    <Stack gap={6}>
      <Group gap={8}>{said}<UnstyledButton data-row fz="xs" c="dimmed" td="underline" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the change" : "Show the change"}</UnstyledButton></Group>
      <Collapse expanded={open}>
        <Group align="stretch" gap="xs" grow preventGrowOverflow={false}><Side title="Before" value={each.before} /><Side title="After" value={each.after} /></Group>
      </Collapse>
    </Stack>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  return (
    <Stack gap={2} miw={200}>
      <Text size="xs" c="dimmed">{title}</Text>
      {value == null ? <Text size="sm" c="dimmed">nothing</Text> : <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(value, null, 2)}</Code>}
    </Stack>
  );
}
