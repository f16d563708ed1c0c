/** Every message there is or will be, the latest first, narrowed by how it stands and where it comes from. */
import { Badge, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { clears } from "../ui/clears";
import { ListPage } from "../ui/ListPage";
import { clock, local, Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { SendAllAgain } from "./Again";
import { list, type Narrowed } from "./room";

type Listed = Schemas["Message"];

const STATES = ["planned", "attempting", "sent", "failed", "bounced", "refused", "cancelled", "unknown", "shadow"];
const CHANNELS = ["email", "sms", "push", "webhook"];
const COLOURS: Record<string, string> = { sent: "teal", failed: "red", bounced: "red", unknown: "orange" };

export function State({ state }: { state: string }) {
  return <Badge variant="light" color={COLOURS[state] ?? "gray"} tt="none" fw={550}>{state}</Badge>;
}

/** What a planned message waits for. To whom it goes is decided when it does. */
function Waits({ until, why }: { until: string; why: string }) {
  const says = Date.parse(until) > Date.now() ? `waits until ${clock(until)}` : "goes out in a moment";
  return (
    <Text component="span" size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{says}{why && `: ${local(why)}`}</Text>
  );
}

export function Deliveries() {
  const { q = "", state = "", channel = "", journey = "", template = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const home = `/${encodeURIComponent(workspace)}`;
  const narrow = (by: Narrowed) => {
    const kept = Object.entries({ q, state, channel, journey, template, ...by }).filter(([, value]) => value);
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  const narrowed = !!(state || channel || journey || template);
  return (
    <ListPage<Listed, string>
      title="Deliveries"
      about="Every message that was planned, and what became of it."
      actions={<SendAllAgain workspace={workspace} narrowed={{ q, state, channel, journey, template }} />}
      queryKey={["deliveries", workspace, q, state, channel, journey, template]}
      fetch={async (before) => {
        const query = { person: q, state, channel, journey, template, limit: 50, before: before ?? "" };
        const page = await data(api.GET("/api/deliveries", { params: { query } }));
        return { rows: page.deliveries, next: page.next ?? null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search by a person's email or id", onChange: (text) => narrow({ q: text }) }}
      filters={
        <>
          <Select w={140} aria-label="State" placeholder="Any state" data={STATES} value={state || null} clearable clearButtonProps={clears("Any state")} onChange={(value) => narrow({ state: value ?? "" })} />
          <Select w={140} aria-label="Channel" placeholder="Any channel" data={CHANNELS} value={channel || null} clearable clearButtonProps={clears("Any channel")} onChange={(value) => narrow({ channel: value ?? "" })} />
          <Named label="Journey" value={journey} onChange={(value) => narrow({ journey: value })} />
          <Named label="Template" value={template} onChange={(value) => narrow({ template: value })} />
        </>
      }
      idOf={(each) => each.id}
      onOpen={(each) => void navigate({ to: `${home}/deliveries/${each.id}` })}
      columns={[
        {
          accessor: "template",
          title: "Message",
          render: (each) => <Link to={`${home}/deliveries/${each.id}`} style={{ textDecoration: "none", fontWeight: 550 }}>{each.template}</Link>,
        },
        { accessor: "state", title: "State", render: (each) => <State state={each.state} /> },
        { accessor: "recipient", title: "To", render: (each) => (each.waits ? <Waits until={each.waits} why={each.reason} /> : each.recipient || <Text component="span" size="sm" c="dimmed" title="It was never handed over">{each.whom ? `for ${each.whom}` : "somebody who is gone"}</Text>), visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "channel", title: "Channel", visibleMediaQuery: "(min-width: 62em)" },
        { accessor: "journey", title: "Journey", visibleMediaQuery: "(min-width: 62em)" },
        { accessor: "due", title: "Due", render: (each) => <Moment at={each.due} /> },
      ]}
      empty={narrowed
        ? <Empty title="No such delivery">Nothing matches these filters. Take one away to see more.</Empty>
        : <Empty title="No deliveries yet">They appear here as soon as somebody in a live journey comes to a step that sends.</Empty>}
    />
  );
}

function Named({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 300);
  return <TextInput w={140} aria-label={label} placeholder={label} value={text} onChange={(event) => { setText(event.currentTarget.value); tell(event.currentTarget.value.trim()); }} />;
}
