/** One person goes through: who they are, what happens to them, and line by line what the journey does. */
import { Alert, Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { names } from "../api/names";
import { quoted } from "../api/quoted";
import { local } from "../ui/moment";
import { Empty, Failed } from "../ui/Page";
import { entries, Happenings, type Happening } from "./Happenings";
import { LineItem } from "./LineItem";
import { rehearse } from "./room";
import { asking, declared, type Answers } from "./asking";
import { Outside } from "./Outside";
import { documentOf, first, meant, open, SideSelect, useCalled, type Side, type Sides } from "./sides";
import { values, type Called } from "./words";

export function Walk({ journey, sides }: { journey: string; sides: Sides }) {
  const { workspace } = rehearse.useParams();
  const [side, setSide] = useState<Side>(first(sides));
  const [whose, setWhose] = useState<"invented" | "given">("invented");
  const [person, setPerson] = useState("");
  const [attributes, setAttributes] = useState("email: test@example.com\nfirst_name: Robin");
  const [given, setGiven] = useState<Happening[]>([]);
  const [answers, setAnswers] = useState<Answers>({});
  const document = useQuery({ queryKey: ["rehearse-document", journey, side], queryFn: () => documentOf(journey, side), retry: false });
  const called = useCalled([document.data]);
  const segments = useQuery(names(workspace)).data?.segments ?? [];
  // with the properties that the trigger asks for: whoever presses the button at once sees somebody enter
  const begun = useQuery({
    queryKey: ["rehearse-beginning", journey, side], retry: false, refetchOnWindowFocus: false,
    queryFn: () => data(api.POST("/api/journeys/{journey}/test/beginning", { params: { path: { journey } }, body: meant(side) })),
  });
  const begins = (document.data?.trigger as { event?: string } | undefined)?.event;
  const shown = given.length || !begins ? given : [{ kind: "event", name: begins, at: "0 minutes", with: Object.entries(begun.data?.data ?? {}).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ") }];
  const walk = useMutation({
    mutationFn: () => data(api.POST("/api/journeys/{journey}/walk", {
      params: { path: { journey } },
      body: {
        side: meant(side), person: whose === "given" ? person : "", attributes: whose === "invented" ? values(attributes) : {},
        given: entries(shown), start: "", until: "", ...declared(answers),
      },
    })),
  });
  return (
    <Group align="flex-start" gap="xl" wrap="wrap">
      <Stack component="form" w={{ base: "100%", md: 440 }} onSubmit={(event) => { event.preventDefault(); walk.mutate(); }} aria-label="Who, and what happens">
        <SideSelect label="Version" choices={open(sides)} value={side} onChange={setSide} />
        <SegmentedControl aria-label="Who" value={whose} onChange={(value) => setWhose(value as typeof whose)} data={[{ value: "invented", label: "Somebody invented" }, { value: "given", label: "One of your people" }]} />
        {whose === "invented"
          ? <Textarea label="What is known of them" description="An attribute a line, as name: value" autosize minRows={4} maxRows={14} value={attributes} onChange={(event) => setAttributes(event.currentTarget.value)} />
          : <TextInput label="Who" description="An email or id. They go on from all they lived through until now." value={person} required onChange={(event) => setPerson(event.currentTarget.value)} />}
        <Title order={2} size="h4" mt="sm">What happens</Title>
        <Happenings shown={shown} onChange={setGiven} />
        <Outside steps={asking(document.data)} called={called} answers={answers} change={setAnswers} left="Nothing: they wait" />
        <Button type="submit" style={{ alignSelf: "flex-start" }} loading={walk.isPending}>Walk through</Button>
      </Stack>
      <section aria-label="What comes of it" style={{ flex: 1, minWidth: 280 }}>
        {walk.error ? <Failed error={walk.error} /> : walk.data ? <Told walk={walk.data} called={called} begins={beginning(document.data?.trigger, segments)} /> : (
          <Empty title="Nothing has happened yet">Say who walks and what they do, then see each step they take and each message as it reads. Nothing is sent.</Empty>
        )}
      </section>
    </Group>
  );
}

/** What has to happen so that somebody comes in. */
function beginning(trigger: Record<string, unknown> | undefined, segments: { name: string; title: string }[]): string {
  const [, way = "", segment = ""] = /^(entered|left) (.*)$/.exec(String(trigger?.segment ?? "")) ?? [];
  if (!segment) return "Look at its trigger: an event needs the properties that its condition asks for, and the audience must fit.";
  const title = segments.find((each) => each.name === segment)?.title ?? segment;
  return `It starts for whoever ${way === "left" ? "leaves" : "comes into"} the segment “${title}”: say what is known of them, and let happen, what its rule asks for, and let the time pass that it takes.`;
}

function Told({ walk, called, begins }: { walk: Schemas["Walk"]; called: Called; begins: string }) {
  return (
    <Stack gap="sm" aria-live="polite">
      {walk.faults.map((each) => <Alert key={each} color="gray" variant="light">{quoted(each)}</Alert>)}
      {walk.asked.length > 0 && <Alert color="gray" variant="light">The outside world was asked by {walk.asked.map(called).join(", ")}, and a rehearsal calls nobody: the run waits there.</Alert>}
      {walk.before.length > 0 && <Alert color="gray" variant="light" title="Until now they would have">{walk.before.slice(-5).map((each) => <div key={each}>{local(each)}</div>)}</Alert>}
      {walk.inside.length === 0 && !walk.lines.some((line) => line.kind === "move" || line.kind === "message") && <Alert color="gray" variant="light" title="They did not enter">Nothing of what was given starts this journey for them. {begins}</Alert>}
      <Stack component="ol" gap={6} m={0} p={0} style={{ listStyle: "none" }}>
        {walk.lines.map((line, n) => <LineItem key={n} line={line} start={walk.start} called={called} />)}
      </Stack>
      <Text size="sm" c="dimmed">{walk.inside.length ? `In the end they stand at ${walk.inside.map((each) => `“${called(each.step)}”`).join(", ")}.` : "In the end they are in no journey of these."}{walk.more && " There was more; this is the beginning."}</Text>
    </Stack>
  );
}
