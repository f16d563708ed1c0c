/** What was seen: events with their properties, attributes of people and groups; what each is, how often, who uses it. */
import { Badge, Button, Drawer, Group, SegmentedControl, Stack, Switch, Text, Textarea, Title, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { indexed } from "../people/indexed";
import { may, session } from "../session/session";
import { Given, ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Only } from "../ui/Only";
import { Empty } from "../ui/Page";
import { Spark } from "../ui/Spark";
import { told, toldFault } from "../ui/told";
import { catalog, type Chosen } from "./room";
import { seen } from "./seen";

type Line = Schemas["Line"];
const OFTEN = 10_000;

const WORTH = {
  name: (each: Line) => (each.property ? `${each.kind === "person" ? "" : `${each.kind}.`}${each.property}` : each.name), types: (each: Line) => each.types.join(), times: (each: Line) => each.times,
  last: (each: Line) => Date.parse(each.last), days: (each: Line) => each.days.reduce((sum, day) => sum + day, 0), used_by: (each: Line) => each.used_by.length,
};

const PROPERTY = { name: (each: Line) => each.property, type: (each: Line) => each.types.join(), sensitive: (each: Line) => (each.sensitive ? "0" : "1") };

/** Events and attributes together on one list would help nobody: one chooses. */
export function Catalog() {
  const { q = "", kind = "event", name, hidden = false, sort } = catalog.useSearch();
  const { workspace } = catalog.useParams();
  const navigate = useNavigate();
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const lines = seen(workspace, { what: kind === "event" ? "events" : "attributes" });
  const found = useQuery({ ...lines, refetchInterval: OFTEN });
  const narrow = (by: Chosen) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ q, kind, name, hidden, sort, ...by }).filter(([key, value]) => value && !(key === "kind" && value === "event"))), replace: true });
  const events = kind === "event";
  const key = (each: Line) => `${each.kind}/${each.name}/${each.property}`;
  const open = found.data?.find((each) => key(each) === name);
  return (
    <>
      <ListPage<Line, null>
        title="Catalog"
        about="Every event and attribute your products have sent. Say what they mean, so that whoever builds a segment knows."
        queryKey={["catalog", workspace, "list", q, kind, hidden, found.dataUpdatedAt]}
        fetch={async () => {
          const all = found.data ?? await client.fetchQuery({ ...lines, staleTime: OFTEN });
          const wanted = q.toLowerCase();
          const rows = all.filter((each) => (hidden || !each.hidden) && `${each.name} ${each.property} ${each.description}`.toLowerCase().includes(wanted));
          return { rows: rows.sort((a, b) => b.times - a.times), next: null };
        }}
        search={{ value: q, placeholder: "Search by name or description", onChange: (text) => narrow({ q: text }) }}
        filters={<>
          <SegmentedControl data={[{ value: "event", label: "Events" }, { value: "attribute", label: "Attributes" }]} value={kind} onChange={(value) => narrow({ kind: value })} aria-label="What" />
          <Only label="Hidden ones too" checked={hidden} onChange={(hidden) => narrow({ hidden })} />
        </>}
        sorts={{ by: sort ?? "-times", worth: WORTH, onChange: (by) => narrow({ sort: by }) }}
        idOf={key}
        onOpen={(each) => narrow({ name: key(each) })}
        columns={[
          {
            accessor: "name", title: events ? "Event" : "Attribute",
            render: (each) => (
              <>
                <UnstyledButton data-row fz="sm" fw={550} onClick={() => narrow({ name: key(each) })}>{events ? each.name : each.kind === "person" ? each.property : `${each.kind}.${each.property}`}{events && each.kind !== "track" && <Text span inherit fw={400} c="dimmed"> {each.kind}</Text>}</UnstyledButton>
                {" "}{each.hidden && <Badge>Hidden</Badge>} {each.sensitive && <Badge>Sensitive</Badge>}
                {each.description && <Text size="xs" c="dimmed" lineClamp={1}>{each.description}</Text>}
              </>
            ),
          },
          events
            ? { accessor: "days", title: "Last 30 days", width: 150, visibleMediaQuery: "(min-width: 48em)", render: (each) => each.days.length ? <Spark values={each.days} label={`${each.days.reduce((a, b) => a + b, 0)} in the last 30 days`} /> : <Text size="sm" c="dimmed">none</Text> }
            : { accessor: "types", title: "Type", width: 150, visibleMediaQuery: "(min-width: 48em)", render: (each) => each.types.join(" or ") },
          ...(events ? [] : [{ accessor: "example", title: "For example", visibleMediaQuery: "(min-width: 48em)", render: (each: Line) => <Text size="sm" truncate maw={220}>{each.example}</Text> }]),
          { accessor: "times", title: "Times", textAlign: "right", width: 100, render: (each) => <span className="figures">{each.times.toLocaleString("en")}</span> },
          { accessor: "last", title: "Last seen", width: 130, render: (each) => <Moment at={each.last} /> },
          { accessor: "used_by", title: "Used by", width: 110, visibleMediaQuery: "(min-width: 62em)", render: (each) => each.used_by.length ? each.used_by.length : <Text component="span" size="sm" c="dimmed">–</Text> },
        ]}
        empty={<Empty title="Nothing was seen yet" action={now && may(now, workspace, "keys:edit") && <Button variant="default" component={Link} to={`/${encodeURIComponent(workspace)}/data/sources`}>Make a source</Button>}>As soon as your product sends its first event, it stands here with its properties.</Empty>}
      />
      <Drawer opened={!!open} onClose={() => narrow({ name: undefined })} position="right" size="lg" title={open && (open.property || open.name)} closeButtonProps={{ "aria-label": "Close" }}>
        {open && <One key={key(open)} of={open} workspace={workspace} />}
      </Drawer>
    </>
  );
}

const ROOMS: Record<string, string> = { journey: "journeys", segment: "segments", template: "content/template", event: "data/derived" };

function One({ of: each, workspace }: { of: Line; workspace: string }) {
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const names = useNames(workspace);
  const properties = useQuery({ ...seen(workspace, { kind: each.kind, name: each.name }), refetchInterval: OFTEN, enabled: !each.property }).data?.filter((line) => line.property) ?? [];
  const edits = !!now && may(now, workspace, "data:edit");
  const describe = useMutation({
    mutationFn: (about: Schemas["About"]) => data(api.PUT("/api/catalog/about", { body: about })),
    onSuccess: () => { told("Saved."); void client.invalidateQueries({ queryKey: ["catalog", workspace] }); },
    onError: toldFault,
  });
  const said = (line: Line): Schemas["About"] => ({ kind: line.kind, name: line.name, property: line.property, description: line.description, hidden: line.hidden, sensitive: line.sensitive });
  const [text, setText] = useState(each.description);
  const [wanted, setWanted] = useState("");
  const [sort, setSort] = useState<string | undefined>();
  const total = each.days.reduce((sum, value) => sum + value, 0);
  return (
    <Stack>
      <Group gap="xs"><Badge>{each.property && each.kind !== "person" ? `Attribute of a ${each.kind}` : each.kind === "person" ? "Attribute of people" : each.kind === "track" ? "Event" : each.kind}</Badge><Text size="sm" c="dimmed">{each.times.toLocaleString("en")} times, first <Moment at={each.first} />, last <Moment at={each.last} /></Text></Group>
      {each.days.length > 0 && <Spark values={each.days} width={480} height={56} label={`${total} in the last 30 days`} />}
      {each.days.length > 0 && <Text size="xs" c="dimmed" mt={-8}>{total.toLocaleString("en")} in the last 30 days</Text>}
      <form onSubmit={(event) => { event.preventDefault(); describe.mutate({ ...said(each), description: text }); }}>
        <Stack gap="xs">
          <Textarea label="What it means" placeholder="Somebody opened the pricing page" autosize minRows={2} readOnly={!edits} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          {edits && <Group><Button type="submit" size="xs" variant="default" disabled={text === each.description} loading={describe.isPending}>Save</Button></Group>}
        </Stack>
      </form>
      <Switch label="Hide it where names are offered" checked={each.hidden} disabled={!edits} onChange={(event) => describe.mutate({ ...said(each), hidden: event.currentTarget.checked })} />
      {each.property && <Switch label="Sensitive: keep and show no examples of it" description={each.types.includes("object") ? "With all that is in it." : undefined} checked={each.sensitive} disabled={!edits} onChange={(event) => describe.mutate({ ...said(each), sensitive: event.currentTarget.checked })} />}
      {each.property && each.kind === "person" && <Indexed name={each.property} workspace={workspace} edits={edits} />}
      {properties.length > 0 && (
        <div>
          <Title order={2} mb={6}>Properties</Title>
          <Given<Line>
            title="Properties"
            rows={properties.filter((line) => `${line.property} ${line.description}`.toLowerCase().includes(wanted.toLowerCase()))}
            search={properties.length > 20 ? { value: wanted, placeholder: "Search properties", onChange: setWanted } : undefined}
            sorts={{ by: sort, worth: PROPERTY, onChange: setSort }}
            idOf={(line) => line.property}
            columns={[
              { accessor: "name", title: "Name", render: (line) => <Text size="sm" fw={550} data-row tabIndex={-1}>{line.property}</Text> },
              { accessor: "type", title: "Type", render: (line) => line.types.join(" or ") },
              { accessor: "example", title: "For example", render: (line) => <span style={{ overflowWrap: "anywhere" }}>{line.example}</span> },
              { accessor: "sensitive", title: "Sensitive", render: (line) => <Switch size="xs" aria-label={`${line.property} is sensitive`} checked={line.sensitive} disabled={!edits} onChange={(event) => describe.mutate({ ...said(line), sensitive: event.currentTarget.checked })} /> },
            ]}
            empty={null}
          />
        </div>
      )}
      <div>
        <Title order={2} mb={6}>Used by</Title>
        {each.used_by.length === 0 ? <Text size="sm" c="dimmed">Nothing that is in force.</Text> : <Stack gap={2}>{each.used_by.map((use) => <Text key={`${use.kind}${use.name}`} size="sm">{use.kind === "event" ? "derived event" : use.kind} <Link to={`/${encodeURIComponent(workspace)}/${ROOMS[use.kind]}/${use.name}`}>{use.kind === "journey" ? names.journey(use.name) : use.kind === "segment" ? names.segment(use.name) : use.name}</Link></Text>)}</Stack>}
      </div>
    </Stack>
  );
}

/** Whether People is sorted and searched by an attribute. */
function Indexed({ name, workspace, edits }: { name: string; workspace: string; edits: boolean }) {
  const client = useQueryClient();
  const found = useQuery(indexed(workspace)).data;
  const own = found?.indexes.find((each) => each.name === name && each.state !== "dropping") ?? found?.indexes.find((each) => each.name === name);
  const change = useMutation({
    mutationFn: (on: boolean) => on ? data(api.POST("/api/people/indexes", { body: { name } })) : data(api.DELETE("/api/people/indexes", { params: { query: { name } } })),
    onSuccess: (now) => client.setQueryData(indexed(workspace).queryKey, now),
    onError: toldFault,
  });
  const says = !own ? `People can be sorted and searched by it at any size. ${found ? found.most - found.indexes.length : 10} more attributes may be indexed.`
    : own.state === "ready" ? "People can be sorted and searched by it."
    : own.state === "dropping" ? "What was kept for it is being cleared away."
    : own.state === "marked" ? "Work on it begins in a moment."
    : `${own.done.toLocaleString("en")} of ${own.total.toLocaleString("en")} people are read.`;
  return <Switch label="Indexed: sort and search people by it" description={says} checked={!!own && own.state !== "dropping"} disabled={!edits || change.isPending || !found} onChange={(event) => change.mutate(event.currentTarget.checked)} />;
}
