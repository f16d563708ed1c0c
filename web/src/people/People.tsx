/** Everybody, found by an identifier or by a rule; columns of choice; and what is done to many at once. */
import { Button, Group, Menu, Paper, Popover, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconColumns3, IconFilter, IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { DataTableSortStatus } from "mantine-datatable";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { api, data } from "../api/client";
import { says, useMatching, type Listed } from "../rules/matching";
import { may, session } from "../session/session";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty, Waiting } from "../ui/Page";
import { UTF8 } from "../ui/taken";
import { told, toldFault } from "../ui/told";
import { called } from "./called";
import { indexed } from "./indexed";
import { list, type Asked } from "./room";
import { Tasks, tasksKey } from "./Tasks";

const RuleBuilder = lazy(() => import("../rules/RuleBuilder").then((module) => ({ default: module.RuleBuilder })));
const Narrow = lazy(() => import("./Narrow").then((module) => ({ default: module.Narrow })));
const Pick = lazy(() => import("./Pick").then((module) => ({ default: module.Pick })));
const Columns = lazy(() => import("./Columns").then((module) => ({ default: module.Columns })));
const FIRST = 200;
const UNREAD = "Waiting for a rule that can be read";

export function People() {
  const asking = list.useSearch();
  const { q = "", rule = "", columns = "", sort = "-created", segment = "", attribute = "", value = "" } = asking;
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const now = useQuery(session).data;
  const [filtering, setFiltering] = useState(rule !== "");
  const [asked, setAsked] = useState(rule);
  const [unread, setUnread] = useState(false); // the rule as it stands can't be read, or not yet
  const [limit, setLimit] = useState(FIRST);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const home = `/${encodeURIComponent(workspace)}`;
  const found = useMatching(filtering && !unread ? asked : "", { limit, whole: true, attributes: columns });
  const names: string[] = columns ? columns.split(",") : [];
  const edits = !!now && may(now, workspace, "people:edit");
  const makes = edits && ["segments:edit", "journeys:publish"].every((each) => may(now!, workspace, each));
  const go = (next: Asked) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ ...asking, ...next }).filter(([, given]) => given)), replace: true });
  const indexes = useQuery(indexed(workspace)).data?.indexes ?? [];
  const ready = indexes.filter((each) => each.state === "ready").map((each) => each.name);
  const byRule = filtering && (unread || asked.trim() !== "");
  const sorts = !byRule && !q;
  const segments = useQuery({ queryKey: ["segments", workspace], queryFn: async () => (await data(api.GET("/api/segments"))).segments, enabled: segment !== "" }).data;
  /** By which rule all of them can be told, where a segment alone narrows them. */
  const within = segment && !q && !(attribute && value) ? `in segment ${JSON.stringify(segment)}` : "";
  return (
    <>
      <ListPage<Listed, string>
        title="People"
        about="Everybody who did something in your product."
        actions={edits && <Button component={Link} to={`${home}/people/import`} variant="default" leftSection={<IconUpload size={15} />}>Import</Button>}
        queryKey={["people", workspace, q, columns, sort, segment, attribute, value]}
        rows={byRule ? found.people : undefined}
        fetch={async (before) => {
          const page = await data(api.GET("/api/people", { params: { query: { q, limit: 50, before: before ?? "", attributes: columns, sort, segment, attribute: value ? attribute : "", value } } }));
          return { rows: page.people, next: page.next ?? null };
        }}
        search={filtering ? undefined : { value: q, placeholder: "Search by name, email or any id", unfound: "Names, emails and ids are found by how they begin; an anonymous id when it is whole.", onChange: (text) => go({ q: text }) }}
        sort={byRule || q ? undefined : sortOf(sort)}
        onSort={(by) => go({ sort: sortBy(by, sort) })}
        filters={(rows) => (
          <>
            {!filtering && <Suspense fallback={null}><Narrow workspace={workspace} ready={ready} asked={asking} go={go} /></Suspense>}
            <Button variant={filtering ? "light" : "default"} leftSection={<IconFilter size={15} />} aria-expanded={filtering} onClick={() => { setFiltering(!filtering); setUnread(false); setChosen(new Set()); if (filtering) { setAsked(""); go({ rule: "" }); } else go({ q: "", segment: "", attribute: "", value: "" }); }}>By rule</Button>
            <Popover position="bottom-start" width={300} trapFocus>
              <Popover.Target><Button variant="default" leftSection={<IconColumns3 size={15} />}>Columns{names.length > 0 && ` (${names.length})`}</Button></Popover.Target>
              <Popover.Dropdown><Suspense fallback={<Waiting rows={1} />}><Columns names={names} onChange={(next) => go({ columns: next.join(",") })} /></Suspense></Popover.Dropdown>
            </Popover>
            {filtering && (
              <Paper withBorder p="md" radius="md" w="100%" component="section" aria-label="Rule">
                <Suspense fallback={<Waiting rows={1} />}><RuleBuilder label="Rule" folded value={asked} empty="Say who is looked for." onChange={(text, readable) => { setUnread(!readable); if (readable) { setAsked(text); setLimit(FIRST); go({ rule: text, q: "" }); } }} /></Suspense>
              </Paper>
            )}
            <Tasks workspace={workspace} edits={edits} after={byRule ? found.again : undefined} />
            <Group w={byRule ? "100%" : undefined} ml="auto" justify="space-between" mih={30}>
              <Text size="sm" component="div" role="status" aria-label="How many people" className="figures">
                {byRule && (unread ? UNREAD : found.fault ? found.fault.says : found.cut ? <>The search was cut off. <Button size="compact-xs" variant="default" onClick={found.again}>Search again</Button></> : !found.line ? "Looking…"
                  : `${says(found.line)}${found.line.done ? "" : " · looking"}${found.people.length < found.line.holding ? `; the first ${found.people.length} are shown` : ""}`)}
              </Text>
              <Bulk workspace={workspace} people={[...chosen]} rule={byRule ? asked : within} all={byRule ? (found.line?.done && found.line.holding > 0 ? `all ${found.line.holding.toLocaleString("en")}` : "") : within && `all in ${segments?.find((each) => each.segment === segment)?.name ?? segment}`} narrowed={byRule || !!q || !!(attribute && value) || !!segment || !rows?.length} attributes={names} edits={edits} makes={makes} done={() => setChosen(new Set())} />
            </Group>
          </>
        )}
        idOf={(person) => person.person}
        choosing={{ chosen, called, onChange: setChosen }}
        onOpen={(person) => void navigate({ to: `${home}/people/${person.person}` })}
        columns={[
          { accessor: "name", title: "Name", sortable: sorts, render: (person) => <Long><Link to={`${home}/people/${person.person}`} style={{ textDecoration: "none", fontWeight: 550 }}>{called(person)}</Link></Long> },
          { accessor: "email", title: "Email", sortable: sorts, render: (person) => <Long>{person.email ?? <Text component="span" size="sm" c="dimmed">none</Text>}</Long> },
          ...names.map((name) => ({ accessor: `values.${name}`, title: name, sortable: sorts && ready.includes(name), render: (person: Listed) => <Long>{shown(person.values?.[name])}</Long> })),
          { accessor: "id", title: "Id", sortable: sorts, render: (person) => <Long>{person.id ?? <Text component="span" size="sm" c="dimmed">anonymous</Text>}</Long>, visibleMediaQuery: "(min-width: 48em)" },
          { accessor: "last_seen", title: "Last seen", sortable: sorts, render: (person) => <Moment at={person.last_seen} />, visibleMediaQuery: "(min-width: 48em)" },
          { accessor: "created", title: "Known since", sortable: sorts, render: (person) => <Moment at={person.created} />, visibleMediaQuery: "(min-width: 48em)" },
        ]}
        empty={byRule ? <Empty title={unread ? UNREAD : found.line?.done ? "Nobody" : "Looking…"}>{unread ? "People are shown once it can be read." : found.line?.done ? "The rule holds for nobody now." : "People are shown as they are found."}</Empty>
          : segment || value ? <Empty title="Nobody">Nobody is like this now. Choose another segment or value, or ask by a rule.</Empty>
          : <Empty title="Nobody yet" action={now && may(now, workspace, "keys:edit") && <Button component={Link} to={`${home}/data/sources`} variant="default">Connect your product</Button>}>People appear here as soon as your product sends who they are and what they do, or when you import a file.</Empty>}
      />
      {byRule && found.line && found.people.length >= limit && limit < 10_000 && <Group justify="center" mt="md"><Button variant="default" onClick={() => setLimit(Math.min(limit * 5, 10_000))}>Show more</Button></Group>}
    </>
  );
}

/** The table's word for an order, from the server's, and back. Times begin with the latest when they are chosen. */
function sortOf(sort: string): DataTableSortStatus<Listed> {
  const column = sort.replace(/^-/, "").replace(/^attribute:/, "values.");
  return { columnAccessor: column, direction: sort.startsWith("-") ? "desc" : "asc" };
}
function sortBy({ columnAccessor: column, direction }: DataTableSortStatus<Listed>, former: string): string {
  const named = String(column).replace(/^values\./, "attribute:");
  const other = named !== former.replace(/^-/, "");
  return `${(other ? named === "created" || named === "last_seen" : direction === "desc") ? "-" : ""}${named}`;
}

/** What may be longer than its column, and has no blank to break at: one that is very long takes no other's place. */
const Long = ({ children }: { children: ReactNode }) => <span style={{ display: "inline-block", maxWidth: "20em", overflowWrap: "anywhere" }}>{children}</span>;

const shown = (value: unknown) => (value === undefined || value === null ? <Text component="span" size="sm" c="dimmed">–</Text> : typeof value === "string" ? value : Array.isArray(value) && value.every((each) => typeof each !== "object") ? value.join(", ") : JSON.stringify(value));

interface BulkProps { workspace: string; people: string[]; rule: string; attributes: string[]; edits: boolean; makes: boolean; done: () => void; all: string; narrowed: boolean }

/** What is done to those who are chosen, to all for whom the rule holds, or to all in the segment. `all`: how many or which these are. */
function Bulk({ workspace, people, rule, attributes, edits, makes, done, all, narrowed }: BulkProps) {
  const client = useQueryClient();
  const segments = useQuery({ queryKey: ["segments", workspace, "by hand"], queryFn: async () => (await data(api.GET("/api/segments"))).segments.filter((each) => each.rule === null), enabled: edits }).data ?? [];
  const whom = people.length ? `${people.length} chosen` : rule && all;
  const of = people.length ? { people, rule: "" } : { people: [], rule };
  const begin = async (what: "add" | "remove" | "suppress", segment = "") => {
    try {
      await data(api.POST("/api/people/many", { body: { what, segment, ...of } }));
      told("It is being done; see above how far it has come.");
      done();
      if (segment) void client.invalidateQueries({ queryKey: ["segments"] });
      void client.invalidateQueries({ queryKey: tasksKey(workspace) });
    } catch (error) {
      toldFault(error as Error);
    }
  };
  const pick = (what: "add" | "remove") =>
    modals.open({ title: what === "add" ? "Put into a segment" : "Take out of a segment", children: <Suspense fallback={<Waiting rows={1} />}><Pick segments={segments.map((each) => ({ value: each.segment, label: each.name }))} makes={what === "add" && makes} go={(segment) => { modals.closeAll(); void begin(what, segment); }} /></Suspense> });
  const suppress = () =>
    modals.openConfirmModal({
      title: `Suppress ${whom}?`,
      children: <Text size="sm">They are forgotten: attributes, history and messages. What is sent about them later is refused, so they get nothing any more. It can't be undone.</Text>,
      labels: { confirm: "Suppress them", cancel: "Keep them" },
      confirmProps: { color: "red" },
      onConfirm: () => void begin("suppress"),
    });
  const take = async () => {
    try {
      const answer = await api.POST("/api/people/export", { body: { ...of, attributes }, parseAs: "blob" });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([UTF8, answer.data as unknown as Blob], { type: "text/csv" }));
      link.download = "people.csv";
      link.click();
      URL.revokeObjectURL(link.href);
      told("The file is ready.");
    } catch (error) {
      toldFault(error as Error);
    }
  };
  if (!whom) return narrowed ? null : <Button size="xs" variant="default" onClick={() => void take()}>Export as CSV</Button>;
  return (
    <Menu position="bottom-end">
      <Menu.Target><Button size="xs" variant="default">With {whom}…</Button></Menu.Target>
      <Menu.Dropdown>
        {edits && <Menu.Item onClick={() => pick("add")}>Put into a segment…</Menu.Item>}
        {edits && <Menu.Item onClick={() => pick("remove")}>Take out of a segment…</Menu.Item>}
        <Menu.Item onClick={() => void take()}>Export as CSV</Menu.Item>
        {edits && <Menu.Item color="red" onClick={suppress}>Suppress…</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
