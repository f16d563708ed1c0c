/** Who is told of what needs a look, by mail or in Slack; what happened lately, and what was told. */
import { Anchor, Badge, Button, Group, Radio, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { frame } from "./room";
import { Section } from "./Section";

type Level = "all" | "grave";

export function Alerts() {
  const { workspace } = frame.useParams();
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const found = useQuery({ queryKey: ["alerts", workspace], queryFn: () => data(api.GET("/api/alerts")), refetchInterval: 10_000 });
  const again = () => void client.invalidateQueries({ queryKey: ["alerts", workspace] });
  const choose = useMutation({
    mutationFn: async (level: Level | null) => { await api.PUT("/api/alerts/mine", { body: { level } }); },
    onSuccess: (_, level) => { told(level ? "You are told by mail." : "You are told nothing by mail."); again(); },
    onError: toldFault,
  });
  const test = useMutation({
    mutationFn: (way: "mail" | "slack") => data(api.POST("/api/alerts/test", { body: { way } })),
    onSuccess: (said) => { if (said.taken) told(said.says); else toldFault(new Error(said.says)); },
    onError: toldFault,
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data || !now) return <Waiting />;
  const { mine, people, slack, incidents, notices } = found.data;
  const edits = may(now, workspace, "settings:edit");
  return (
    <>
      <PageHead title="Alerts" about="What needs a look stands on Home, and reaches people here: once when it begins, once when it is over, several together, at most six messages an hour." />
      <Section title="Mail to you" about={`To ${now.email}, by this workspace's own sender and provider. Where mail itself fails, only Slack can say so.`}
        action={edits && <Button variant="default" loading={test.isPending && test.variables === "mail"} onClick={() => test.mutate("mail")}>Send me a test</Button>}>
        <Radio.Group aria-label="Mail to you" value={mine ?? ""} onChange={(value) => choose.mutate((value || null) as Level | null)}>
          <Stack gap={8}>
            <Radio value="" label="Nothing" />
            <Radio value="grave" label="What is grave" description="A provider that refuses messages, a ramp that stopped, bounces or complaints above the bound" />
            <Radio value="all" label="Everything" description="Also: a live journey that nobody enters any more, people who stand still at a fault, records that could not be applied, approval asked for" />
          </Stack>
        </Radio.Group>
        {people.length > 0 && <Text size="xs" c="dimmed" mt="md">Told by mail now: {people.map((each) => each.email + (each.level === "grave" ? " (grave)" : "")).join(", ")}</Text>}
      </Section>
      <Slack kept={slack ?? null} edits={edits} again={again} test={() => test.mutate("slack")} testing={test.isPending && test.variables === "slack"} />
      <Section title="Lately" about="What needed a look, the newest first.">
        {incidents.length === 0 ? <Text size="sm" c="dimmed">Nothing has needed a look since this is watched.</Text> : (
          <Table fz="sm" verticalSpacing={7}>
            <Table.Thead><Table.Tr><Table.Th>What</Table.Th><Table.Th>Began</Table.Th><Table.Th>Over</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{incidents.map((each) => <Happened key={each.began + each.says} each={each} home={`/${encodeURIComponent(workspace)}`} />)}</Table.Tbody>
          </Table>
        )}
      </Section>
      {notices.length > 0 && (
        <Section title="Told" about="The messages themselves. One whose end is not known is never sent again.">
          <Table fz="sm" verticalSpacing={7}>
            <Table.Thead><Table.Tr><Table.Th>To</Table.Th><Table.Th>Message</Table.Th><Table.Th>When</Table.Th><Table.Th>State</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {notices.map((each) => (
                <Table.Tr key={each.way + each.recipient + each.at}>
                  <Table.Td>{each.way === "slack" ? "Slack" : each.recipient}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{each.subject}{each.state !== "sent" && each.reason && <Text size="xs" c="dimmed">{each.reason}</Text>}</Table.Td>
                  <Table.Td><Moment at={each.at} /></Table.Td>
                  <Table.Td><Badge variant="light" tt="none" color={each.state === "sent" ? "teal" : each.state === "failed" ? "red" : "gray"}>{each.state}</Badge></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Section>
      )}
    </>
  );
}

function Happened({ each, home }: { each: Schemas["Happened"]; home: string }) {
  const [path = "", query = ""] = each.place.split("?");
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{each.grave && <Badge color="red" variant="light" tt="none" mr={6}>grave</Badge>}<Anchor component={Link} to={`${home}/${path}`} search={Object.fromEntries(new URLSearchParams(query)) as never} fz="sm" c="inherit" td="underline">{each.says}</Anchor></Table.Td>
      <Table.Td><Moment at={each.began} /></Table.Td>
      <Table.Td>{each.ended ? <Moment at={each.ended} /> : "it lasts"}</Table.Td>
    </Table.Tr>
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
    <Section title="Slack" about="Everything that needs a look, in a channel of your team. In Slack, add the app Incoming Webhooks to a channel and copy the address it shows. It is kept sealed and is never shown again."
      action={kept !== null && edits && <Button variant="default" loading={testing} onClick={test}>Send a test</Button>}>
      {kept !== null && <Group gap="xs" mb={edits ? "md" : 0}><Text size="sm">Told, at the address that ends in <code>…{kept}</code></Text>{edits && <Button size="compact-xs" variant="subtle" color="red" loading={forget.isPending} onClick={() => forget.mutate()}>Stop</Button>}</Group>}
      {kept === null && !edits && <Text size="sm" c="dimmed">Not told. An admin can give the address.</Text>}
      {edits && (
        <form onSubmit={(event) => { event.preventDefault(); keep.mutate(); }}>
          <Group align="flex-start">
            <TextInput type="password" autoComplete="off" label={kept === null ? "Webhook address" : "Another webhook address"} placeholder="https://hooks.slack.com/services/…" value={url} w={{ base: "100%", xs: 380 }}
              error={keep.error instanceof Refused ? keep.error.of("url") : undefined} onChange={(event) => setUrl(event.currentTarget.value)} />
            <Button type="submit" variant="default" mt={24} loading={keep.isPending} disabled={!url.trim()}>Save</Button>
          </Group>
        </form>
      )}
    </Section>
  );
}
