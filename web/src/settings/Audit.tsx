/** Everything that was changed here, by whom, from what to what; narrowed by day, person and deed, and taken along as CSV. */
import { Anchor, Button, Code, Collapse, Group, Select, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Who } from "../journeys/Who";
import { clears } from "../ui/clears";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { exact, plain } from "../ui/plain";
import { leads } from "./leads";
import { audit, type Narrowed } from "./room";

type Entry = Schemas["Entry"];

/** The first instant of a day here, or of the one after it; "" where no day is chosen, or its year is still being typed. */
const dayOf = (day: string, later = 0): string => {
  const [year, month, date] = day.split("-").map(Number);
  return year && year >= 1970 && year < 2100 && month && date ? new Date(year, month - 1, date + later).toISOString() : "";
};

export function Audit() {
  const { q = "", kind = "", what = "", actor = "", from = "", to = "", sort = "" } = audit.useSearch();
  const { workspace } = audit.useParams();
  const navigate = useNavigate();
  const words = useQuery({ queryKey: ["audit", workspace, "words"], queryFn: () => data(api.GET("/api/audit/words")) }).data;
  const narrow = (by: Narrowed) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ q, kind, what, actor, from, to, sort, ...by }).filter(([, value]) => value)), replace: true });
  const query = { q, kind, what, actor, since: dayOf(from), until: dayOf(to, 1) };
  const narrowed = [kind, what, actor, from, to].some(Boolean);
  const choose = (label: string, all: string, value: string, known: string[] | undefined, key: keyof Narrowed, width: number) => (
    <Select w={width} searchable aria-label={label} placeholder={all} data={known ?? []} value={value || null} clearable clearButtonProps={clears(all)} onChange={(chosen) => narrow({ [key]: chosen ?? "" })} />
  );
  return (
    <ListPage<Entry, number>
      title="Audit log"
      about="Everything that was changed here, by whom, from what to what."
      actions={<Button component="a" href={`/api/audit/export?${new URLSearchParams({ ...query, workspace }).toString()}`} download variant="default" leftSection={<IconDownload size={15} />}>Export as CSV</Button>}
      queryKey={["audit", workspace, query, sort]}
      fetch={async (before) => {
        const page = await data(api.GET("/api/audit", { params: { query: { ...query, before: before ?? 0, oldest: sort === "at" } } }));
        return { rows: page.entries, next: page.next ?? null };
      }}
      search={{ value: q, placeholder: "Search by who or what", onChange: (text) => narrow({ q: text }) }}
      filters={<>
        {choose("Who", "Everybody", actor, words?.actors, "actor", 190)}
        {choose("What was done", "Every action", what, words?.whats, "what", 160)}
        {choose("Kind", "Everything", kind, words?.kinds, "kind", 150)}
        <Group gap="xs" wrap="nowrap">
          <TextInput type="date" aria-label="From this day" value={from} max={to || undefined} onChange={(event) => narrow({ from: event.currentTarget.value })} />
          <Text size="sm" c="dimmed">to</Text>
          <TextInput type="date" aria-label="To this day" value={to} min={from || undefined} onChange={(event) => narrow({ to: event.currentTarget.value })} />
        </Group>
        {narrowed && <Button variant="subtle" size="sm" onClick={() => narrow({ kind: "", what: "", actor: "", from: "", to: "" })}>Show all</Button>}
      </>}
      sort={{ columnAccessor: "at", direction: sort === "at" ? "asc" : "desc" }}
      onSort={() => narrow({ sort: sort === "at" ? "" : "at" })}
      idOf={(each) => String(each.id)}
      columns={[
        { accessor: "what", title: "What happened", render: (each) => <What of={each} /> },
        { accessor: "at", title: "When", width: 150, noWrap: true, sortable: true, render: (each) => <Moment at={each.at} /> },
      ]}
      empty={<Empty title={narrowed ? "Nothing fits" : "Nothing yet"}>{narrowed ? "Nothing was changed that fits what is chosen above." : "Each change to this workspace is written down here, with what was before and what is after."}</Empty>}
    />
  );
}

function What({ of: each }: { of: Entry }) {
  const [open, setOpen] = useState(false);
  const { workspace } = audit.useParams();
  const more = each.before != null || each.after != null;
  const said = <Text size="sm" style={{ overflowWrap: "anywhere" }}><b><Who workspace={workspace} of={each.actor} /></b> {each.what} {each.kind === "session" ? "" : each.kind} {each.kind === "session" ? "" : <b><Named of={each} /></b>}</Text>;
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

/** What was changed, with the way to it. Whoever is forgotten is there no more, and the page says so. */
function Named({ of: each }: { of: Entry }) {
  const { workspace } = audit.useParams();
  const way = leads(each);
  const said = each.kind === "settings" ? each.name.replaceAll("_", " ") : each.called || each.name;
  const id = each.kind !== "person" && each.called && each.called !== each.name ? <Text span fz="xs" c="dimmed" fw={400}> {each.name}</Text> : null;
  return <>{way ? <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/${way.to}`} search={(way.search ?? {}) as never} fz="inherit" fw="inherit" c="inherit">{said || each.kind}</Anchor> : said}{id}</>;
}

function Side({ title, value }: { title: string; value: unknown }) {
  return (
    <Stack gap={2} miw={200}>
      <Text size="xs" c="dimmed">{title}</Text>
      {value == null ? <Text size="sm" c="dimmed">Nothing</Text> : <Code block fz="xs" title={exact(value)} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{plain(value)}</Code>}
    </Stack>
  );
}
