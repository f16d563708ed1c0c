/** One person goes through: who they are, what happens to them, and line by line what the journey does. */
import { ActionIcon, Alert, Button, Code, Group, Paper, SegmentedControl, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Empty, Failed } from "../ui/Page";
import { Mark } from "./Mark";
import { first, meant, SideSelect, type Side, type Sides } from "./sides";
import { later, said, values } from "./words";

interface Happening { kind: string; name: string; at: string; with: string }

const KINDS = [
  { value: "event", label: "does" }, { value: "set", label: "changes to" }, { value: "opened", label: "opens message" },
  { value: "clicked", label: "clicks in message" }, { value: "page", label: "views page" }, { value: "unsubscribed", label: "unsubscribes" },
];

export function Walk({ journey, sides }: { journey: string; sides: Sides }) {
  const [side, setSide] = useState<Side>(first(sides));
  const [whose, setWhose] = useState<"invented" | "given">("invented");
  const [person, setPerson] = useState("");
  const [attributes, setAttributes] = useState("email: test@example.com\nfirst_name: Robin");
  const [given, setGiven] = useState<Happening[]>([]);
  const trigger = useQuery({ queryKey: ["journey-trigger", journey, side], queryFn: () => begins(journey, side), retry: false });
  const shown = given.length || !trigger.data ? given : [{ kind: "event", name: trigger.data, at: "0 minutes", with: "" }];
  const walk = useMutation({
    mutationFn: () => data(api.POST("/api/journeys/{journey}/walk", {
      params: { path: { journey } },
      body: {
        side: meant(side), person: whose === "given" ? person : "", attributes: whose === "invented" ? values(attributes) : {},
        given: shown.filter((each) => each.name || each.kind === "unsubscribed").map(entry), start: "", until: "", answers: {}, failures: {},
      },
    })),
  });
  const change = (n: number, more: Partial<Happening>) => setGiven(shown.map((each, m) => (m === n ? { ...each, ...more } : each)));
  return (
    <Group align="flex-start" gap="xl" wrap="wrap">
      <Stack component="form" w={{ base: "100%", md: 440 }} onSubmit={(event) => { event.preventDefault(); walk.mutate(); }} aria-label="Who, and what happens">
        <SideSelect label="Version" sides={sides} value={side} onChange={setSide} />
        <SegmentedControl aria-label="Who" value={whose} onChange={(value) => setWhose(value as typeof whose)} data={[{ value: "invented", label: "Somebody invented" }, { value: "given", label: "One of your people" }]} />
        {whose === "invented"
          ? <Textarea label="What is known of them" description="An attribute a line, as name: value" autosize minRows={4} maxRows={14} value={attributes} onChange={(event) => setAttributes(event.currentTarget.value)} />
          : <TextInput label="Who" description="An email or id. They go on from all they lived through until now." value={person} required onChange={(event) => setPerson(event.currentTarget.value)} />}
        <Title order={2} size="h4" mt="sm">What happens</Title>
        {shown.map((each, n) => (
          <Paper key={n} withBorder radius="md" p="sm" component="fieldset" aria-label={`Happening ${n + 1}`}>
            <Group gap="xs" wrap="nowrap" align="flex-end">
              <TextInput label="After" value={each.at} w={110} onChange={(event) => change(n, { at: event.currentTarget.value })} />
              <Select label="The person" data={KINDS} value={each.kind} allowDeselect={false} onChange={(kind) => kind && change(n, { kind })} flex={1} />
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Take out happening ${n + 1}`} onClick={() => setGiven(shown.filter((_, m) => m !== n))}><IconX size={16} /></ActionIcon>
            </Group>
            {each.kind !== "unsubscribed" && <TextInput mt="xs" label={each.kind === "set" ? "Attributes, as name: value, name: value" : each.kind === "opened" || each.kind === "clicked" ? "Template" : "Name"} value={each.name} onChange={(event) => change(n, { name: event.currentTarget.value })} />}
            {(each.kind === "event" || each.kind === "page") && <TextInput mt="xs" label="With" placeholder="plan: trial, seats: 5" value={each.with} onChange={(event) => change(n, { with: event.currentTarget.value })} />}
          </Paper>
        ))}
        <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setGiven([...shown, { kind: "event", name: "", at: "1 day", with: "" }])}>Add what happens</Button>
        <Button type="submit" loading={walk.isPending}>Walk through</Button>
      </Stack>
      <section aria-label="What comes of it" style={{ flex: 1, minWidth: 280 }}>
        {walk.error ? <Failed error={walk.error} /> : walk.data ? <Told walk={walk.data} /> : (
          <Empty title="Nothing has happened yet">Say who walks and what they do, then see each step they take and each message as it reads. Nothing is sent.</Empty>
        )}
      </section>
    </Group>
  );
}

function Told({ walk }: { walk: Schemas["Walk"] }) {
  return (
    <Stack gap="sm" aria-live="polite">
      {walk.faults.map((each) => <Alert key={each} color="gray" variant="light">{each}</Alert>)}
      {walk.asked.length > 0 && <Alert color="gray" variant="light">The outside world was asked by {walk.asked.join(", ")}, and a rehearsal calls nobody: the run waits there.</Alert>}
      {walk.before.length > 0 && <Alert color="gray" variant="light" title="Until now they would have">{walk.before.slice(-5).map((each) => <div key={each}>{each}</div>)}</Alert>}
      {walk.lines.length === 0 && <Empty title="Nothing came of it">They did not enter. Look at what starts the journey and who may enter it.</Empty>}
      <Stack component="ol" gap={6} m={0} p={0} style={{ listStyle: "none" }}>
        {walk.lines.map((line, n) => (
          <Paper key={n} component="li" withBorder radius="md" p="xs">
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <Text size="xs" c="dimmed" w={96} className="figures" style={{ flexShrink: 0 }} title={line.at}>{later(walk.start, line.at)}</Text>
              <Text size="sm" fw={line.kind === "input" ? 600 : 400} style={{ overflowWrap: "anywhere", flex: 1 }}>{said(line)}</Text>
              {line.message && <Mark of={line.message.fate} />}
            </Group>
            {line.message && (line.message.subject || line.message.text) && (
              <details>
                <Text component="summary" size="sm" mt={4}>{line.message.subject || "The message"}</Text>
                <Code block mt={4} style={{ whiteSpace: "pre-wrap" }}>{line.message.text}</Code>
              </details>
            )}
          </Paper>
        ))}
      </Stack>
      <Text size="sm" c="dimmed">{walk.inside.length ? `In the end they stand at ${walk.inside.map((each) => each.step).join(", ")}.` : "In the end they are in no journey of these."}{walk.more && " There was more; this is the beginning."}</Text>
    </Stack>
  );
}

function entry(each: Happening): Record<string, unknown> {
  const value = each.kind === "set" ? values(each.name) : each.kind === "unsubscribed" ? true : each.name;
  return { at: each.at, [each.kind]: value, ...(each.with && { with: values(each.with) }) };
}

/** The event that starts the journey, "" where something else does. */
async function begins(journey: string, side: Side): Promise<string> {
  const document = side === "live"
    ? (await data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } }))).document
    : (await data(api.GET("/api/drafts/{kind}/{name}", { params: { path: { kind: "journey", name: journey } } }))).body;
  const trigger = (document as { trigger?: { event?: string } }).trigger;
  return trigger?.event ?? "";
}
