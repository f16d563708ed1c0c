/** Who is told of what needs a look, by mail or in Slack; what happened lately, and what was told. */
import { Anchor, Badge, Button, Checkbox, Group, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { useListing } from "../ui/useListing";
import { alerts, frame } from "./room";

type Incident = Schemas["Happened"];
type Notice = Schemas["Alerts"]["notices"][number];
const to = (each: Notice) => (each.way === "slack" ? "Slack" : each.recipient);

export function Alerts() {
  const { workspace } = frame.useParams();
  const asked = useListing(alerts.useSearch());
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const found = useQuery({ queryKey: ["alerts", workspace], queryFn: () => data(api.GET("/api/alerts")), refetchInterval: 10_000 });
  const again = () => void client.invalidateQueries({ queryKey: ["alerts", workspace] });
  const choose = useMutation({
    mutationFn: async ({ way, kinds }: { way: "mail" | "slack"; kinds: string[] }) => {
      if (way === "mail") await api.PUT("/api/alerts/mine", { body: { kinds } });
      else await api.PUT("/api/alerts/slack/kinds", { body: { kinds } });
    },
    // what is ticked shows at once; a refusal brings back what is so
    onMutate: ({ way, kinds }) => client.setQueryData(["alerts", workspace], (was: Schemas["Alerts"] | undefined) => was && { ...was, [way === "mail" ? "mine" : "slack_kinds"]: kinds }),
    onError: toldFault,
    onSettled: again,
  });
  const test = useMutation({
    mutationFn: (way: "mail" | "slack") => data(api.POST("/api/alerts/test", { body: { way } })),
    onSuccess: (said) => { if (said.taken) told(quoted(said.says)); else toldFault(new Error(quoted(said.says))); },
    onError: toldFault,
  });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data || !now) return <Waiting head />;
  const { kinds, mine, people, slack, slack_kinds, incidents, notices } = found.data;
  const edits = may(now, workspace, "settings:edit");
  return (
    <>
      <PageHead title="Alerts" about="What needs a look stands on Home, and reaches people here: once when it begins, once when it is over, several together, at most six messages an hour." />
      <Card title="What is told" about={`Mail goes to ${now.email}, by this workspace’s own sender and provider. Where mail itself fails, only Slack can say so.`}
        action={edits && <Button size="xs" variant="default" loading={test.isPending && test.variables === "mail"} onClick={() => test.mutate("mail")}>Send me a test</Button>}>
        <Table fz="sm" verticalSpacing={7}>
          <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th w={{ base: 64, xs: 104 }}>Mail to you</Table.Th><Table.Th w={{ base: 56, xs: 72 }}>Slack</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {kinds.map((each) => (
              <Table.Tr key={each.name}>
                <Table.Td><Group gap={6}><Text size="sm" fw={550} component="span">{each.title}</Text>{each.grave && <Badge color="red">Urgent</Badge>}</Group><Text size="xs" c="dimmed">{each.about}</Text></Table.Td>
                <Table.Td><Tick label={`Mail to you: ${each.title}`} kind={each.name} on={mine} change={(chosen) => choose.mutate({ way: "mail", kinds: chosen })} /></Table.Td>
                <Table.Td><Tick label={`Slack: ${each.title}`} kind={each.name} on={slack_kinds} off={slack === null || !edits} change={(chosen) => choose.mutate({ way: "slack", kinds: chosen })} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group gap="xs" mt="sm">
          <Text size="xs" c="dimmed">Mail to you:</Text>
          <Button size="compact-xs" variant="default" onClick={() => choose.mutate({ way: "mail", kinds: kinds.map((each) => each.name) })}>Everything</Button>
          <Button size="compact-xs" variant="default" onClick={() => choose.mutate({ way: "mail", kinds: kinds.filter((each) => each.grave).map((each) => each.name) })}>What is urgent</Button>
          <Button size="compact-xs" variant="default" onClick={() => choose.mutate({ way: "mail", kinds: [] })}>Nothing</Button>
        </Group>
        {people.length > 0 && <Text size="xs" c="dimmed" mt="sm">Told by mail now: {people.map((each) => `${each.email} (${each.kinds.length === kinds.length ? "everything" : `${each.kinds.length} of ${kinds.length}`})`).join(", ")}</Text>}
      </Card>
      <Slack kept={slack ?? null} edits={edits} again={again} test={() => test.mutate("slack")} testing={test.isPending && test.variables === "slack"} />
      <Card title="Lately" about="What needed a look, the newest first.">
        {incidents.length === 0 ? <Text size="sm" c="dimmed">Nothing has needed a look since this is watched.</Text> : (
          <Given<Incident>
            title="What happened lately"
            rows={incidents.filter((each) => asked.found(each.says))}
            search={asked.search("Search what happened")}
            sorts={asked.sorts({ what: (each: Incident) => each.says, began: (each: Incident) => Date.parse(each.began), over: (each: Incident) => (each.ended ? Date.parse(each.ended) : Infinity) })}
            idOf={(each) => each.began + each.says}
            columns={[
              { accessor: "what", title: "What", render: (each) => <Happened each={each} home={`/${encodeURIComponent(workspace)}`} /> },
              { accessor: "began", title: "Began", render: (each) => <Moment at={each.began} /> },
              { accessor: "over", title: "Over", render: (each) => (each.ended ? <Moment at={each.ended} /> : "it lasts") },
            ]}
            empty={null}
          />
        )}
      </Card>
      {notices.length > 0 && (
        <Card title="Told" about="The messages themselves. One whose end is not known is never sent again.">
          <Given<Notice>
            title="What was told"
            rows={notices.filter((each) => asked.found(`${to(each)} ${each.subject} ${each.state}`))}
            search={incidents.length === 0 ? asked.search("Search what was told") : undefined}
            sorts={asked.sorts({ to, message: (each: Notice) => each.subject, when: (each: Notice) => Date.parse(each.at), state: (each: Notice) => each.state })}
            idOf={(each) => each.way + each.recipient + each.at}
            columns={[
              { accessor: "to", title: "To", render: (each) => <span style={{ overflowWrap: "anywhere" }}>{to(each)}</span> },
              { accessor: "message", title: "Message", render: (each) => <span style={{ overflowWrap: "anywhere" }}>{each.subject}{each.state !== "sent" && each.reason && <Text size="xs" c="dimmed">{quoted(each.reason)}</Text>}</span> },
              { accessor: "when", title: "When", visibleMediaQuery: "(min-width: 48em)", render: (each) => <Moment at={each.at} /> },
              { accessor: "state", title: "Status", render: (each) => <Badge tt="capitalize" color={each.state === "sent" ? "teal" : each.state === "failed" ? "red" : "gray"}>{each.state}</Badge> },
            ]}
            empty={<Text size="sm" c="dimmed">Nothing that was told fits the search.</Text>}
          />
        </Card>
      )}
    </>
  );
}

function Tick({ label, kind, on, off, change }: { label: string; kind: string; on: string[]; off?: boolean; change: (kinds: string[]) => void }) {
  const ticked = on.includes(kind);
  return <Checkbox aria-label={label} checked={ticked} disabled={off} onChange={() => change(ticked ? on.filter((each) => each !== kind) : [...on, kind])} />;
}

function Happened({ each, home }: { each: Incident; home: string }) {
  const [path = "", query = ""] = each.place.split("?");
  return (
    <span style={{ overflowWrap: "anywhere" }}>{each.grave && <Badge color="red" mr={6}>Urgent</Badge>}<Anchor component={Link} to={`${home}/${path}`} search={Object.fromEntries(new URLSearchParams(query)) as never} fz="sm" c="inherit" td="underline">{quoted(each.says)}</Anchor></span>
  );
}

function Slack({ kept, edits, again, test, testing }: { kept: string | null; edits: boolean; again: () => void; test: () => void; testing: boolean }) {
  const [url, setUrl] = useState("");
  const keep = useMutation({
    mutationFn: async () => { await api.PUT("/api/alerts/slack", { body: { url } }); },
    onSuccess: () => { told("Slack is told from now on. Send a test to see it."); setUrl(""); again(); },
    onError: (error) => { if (!(error instanceof Refused) || !error.of("url")) toldFault(error); },
  });
  const forget = useMutation({
    mutationFn: async () => { await api.DELETE("/api/alerts/slack"); },
    onSuccess: () => { told("Slack is told nothing any more."); again(); },
    onError: toldFault,
  });
  return (
    <Card title="Slack" about="What is ticked above, in a channel of your team. In Slack, add the app Incoming Webhooks to a channel and copy the address it shows: https://hooks.slack.com/services/ and three words. The incoming webhook of Mattermost or Rocket.Chat does too. It is kept sealed and is never shown again."
      action={kept !== null && edits && <Button size="xs" variant="default" loading={testing} onClick={test}>Send a test</Button>}>
      {kept !== null && <Group gap="xs" mb={edits ? "md" : 0}><Text size="sm">Told, at the address that ends in <code>…{kept}</code></Text>{edits && <Button size="compact-xs" variant="subtle" color="red" loading={forget.isPending} onClick={() => forget.mutate()}>Stop</Button>}</Group>}
      {kept === null && !edits && <Text size="sm" c="dimmed">Not told. An admin can give the address.</Text>}
      {edits && (
        <form onSubmit={(event) => { event.preventDefault(); keep.mutate(); }}>
          <Group align="flex-start">
            <TextInput type="password" autoComplete="off" label={kept === null ? "Webhook address" : "Another webhook address"} placeholder="https://hooks.slack.com/services/…" value={url} w={{ base: "100%", xs: 380 }}
              error={keep.error instanceof Refused ? keep.error.of("url") : undefined} onChange={(event) => setUrl(event.currentTarget.value)} />
            <Button type="submit" variant="default" mt={{ base: 0, xs: 24 }} loading={keep.isPending} disabled={!url.trim()}>Save</Button>
          </Group>
        </form>
      )}
    </Card>
  );
}
