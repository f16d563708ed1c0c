/** Every message there is or will be, the latest first, narrowed by how it stands and where it comes from. */
import { Badge, Button, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { capital } from "../api/quoted";
import { CHANNELS } from "../content/piece";
import { useNames } from "../journeys/called";
import { clears } from "../ui/clears";
import { ListPage } from "../ui/ListPage";
import { clock, local, Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { sending } from "../ui/sending";
import { SendAllAgain } from "./Again";
import { list, type Narrowed } from "./room";

type Listed = Schemas["Message"];

const STATES = ["planned", "attempting", "sent", "failed", "bounced", "refused", "cancelled", "unknown", "shadow"];
const COLOURS: Record<string, string> = { sent: "teal", failed: "red", bounced: "red", unknown: "orange" };

/** How it stands: what came back after it was sent is bounced. */
export function State({ of }: { of: Pick<Listed, "state" | "outcomes"> }) {
  const state = of.outcomes.bounced ? "bounced" : of.state;
  return <Badge color={COLOURS[state] ?? "gray"} tt="capitalize">{state}</Badge>;
}

/** What a planned message waits for. To whom it goes is decided when it does. */
function Waits({ workspace, until, why }: { workspace: string; until: string; why: string }) {
  const { data: now } = useQuery(sending(workspace));
  const says = Date.parse(until) > Date.now() ? `waits until ${clock(until)}` : now?.stopped ? "waits, as all sending is stopped" : "goes out in a moment";
  return (
    <Text component="span" size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{says}{why && `: ${local(why)}`}</Text>
  );
}

/** Why it did not arrive. */
function Because({ of }: { of: Listed }) {
  if (of.state === "sent" || !of.reason) return null;
  return <Text component="span" size="sm" c="dimmed" lineClamp={2} display="block" style={{ overflowWrap: "anywhere" }}>{local(of.reason)}</Text>;
}

export function Deliveries() {
  const { q = "", state = "", channel = "", journey = "", template = "", sort = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const called = useNames(workspace);
  const home = `/${encodeURIComponent(workspace)}`;
  const narrow = (by: Narrowed) => {
    const kept = Object.entries({ q, state, channel, journey, template, sort, ...by }).filter(([, value]) => value);
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  const narrowed = !!(state || channel || journey || template);
  return (
    <ListPage<Listed, string>
      title="Deliveries"
      about="Every message that was planned, and what became of it."
      actions={<SendAllAgain workspace={workspace} narrowed={{ q, state, channel, journey, template }} />}
      queryKey={["deliveries", workspace, q, state, channel, journey, template, sort]}
      fetch={async (before) => {
        const query = { person: q, state, channel, journey, template, limit: 50, before: before ?? "", oldest: sort === "due" };
        const page = await data(api.GET("/api/deliveries", { params: { query } }));
        return { rows: page.deliveries, next: page.next ?? null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search by a person's email or id", onChange: (text) => narrow({ q: text }) }}
      filters={
        <>
          <Select w={140} aria-label="Status" placeholder="Any status" data={STATES.map((value) => ({ value, label: capital(value) }))} value={state || null} clearable clearButtonProps={clears("Any status")} onChange={(value) => narrow({ state: value ?? "" })} />
          <Select w={140} aria-label="Channel" placeholder="Any channel" data={Object.entries(CHANNELS).map(([value, label]) => ({ value, label }))} value={channel || null} clearable clearButtonProps={clears("Any channel")} onChange={(value) => narrow({ channel: value ?? "" })} />
          <From label="Journey" any="Any journey" value={journey} known={called.found?.journeys.map((each) => ({ value: each.name, label: each.title })) ?? []} onChange={(value) => narrow({ journey: value })} />
          <From label="Message" any="Any message" value={template} known={called.found?.templates.map((each) => ({ value: each.name, label: called.titled(each.name) })) ?? []} onChange={(value) => narrow({ template: value })} />
        </>
      }
      sort={{ columnAccessor: "due", direction: sort === "due" ? "asc" : "desc" }}
      onSort={() => narrow({ sort: sort === "due" ? "" : "due" })}
      idOf={(each) => each.id}
      onOpen={(each) => void navigate({ to: `${home}/deliveries/${each.id}` })}
      columns={[
        {
          accessor: "template",
          title: "Message",
          render: (each) => <><Link to={`${home}/deliveries/${each.id}`} style={{ textDecoration: "none", fontWeight: 550 }}>{called.message(each.template)}</Link>{called.message(each.template) !== each.template && <Text size="xs" c="dimmed">{each.template}</Text>}<Text size="xs" c="dimmed" hiddenFrom="sm" style={{ overflowWrap: "anywhere" }}>{each.recipient || each.whom}</Text></>,
        },
        { accessor: "state", title: "Status", render: (each) => <State of={each} /> },
        { accessor: "recipient", title: "To", render: (each) => (each.waits ? <>{each.recipient || each.whom}{(each.recipient || each.whom) && ", "}<Waits workspace={workspace} until={each.waits} why={each.reason} /></> : <>{each.recipient || <Text component="span" size="sm" c="dimmed" title="It was never handed over">{each.whom ? `for ${each.whom}` : "somebody who is gone"}</Text>}<Because of={each} /></>), visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "channel", title: "Channel", render: (each) => CHANNELS[each.channel] ?? each.channel, visibleMediaQuery: "(min-width: 62em)" },
        { accessor: "journey", title: "Journey", render: (each) => called.journey(each.journey), visibleMediaQuery: "(min-width: 62em)" },
        { accessor: "due", title: "Due", sortable: true, render: (each) => <Moment at={each.due} /> },
      ]}
      empty={narrowed
        ? <Empty title="No such delivery">Nothing matches these filters. Take one away to see more.</Empty>
        : <Empty title="No deliveries yet" action={<Button component={Link} to={`${home}/journeys`} variant="default">See the journeys</Button>}>They appear here as soon as somebody in a live journey comes to a step that sends.</Empty>}
    />
  );
}

/** Chosen among those there are; one that is there no more is still shown, since its messages are. */
function From({ label, any, value, known, onChange }: { label: string; any: string; value: string; known: { value: string; label: string }[]; onChange: (value: string) => void }) {
  const data = !value || known.some((each) => each.value === value) ? known : [{ value, label: value }, ...known];
  return <Select w={170} aria-label={label} placeholder={any} data={data} value={value || null} searchable clearable clearButtonProps={clears(any)} nothingFoundMessage="None of that name" onChange={(chosen) => onChange(chosen ?? "")} />;
}
