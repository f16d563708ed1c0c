/** What a rehearsal came to: how far it can be trusted, each version drawn with its numbers, what differs, and messages as they read. */
import { Alert, Box, Button, Group, Paper, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { useLive } from "../api/live";
import { useForms } from "../journeys/called";
import { DIFFERENCES, DifferenceMark } from "../journeys/Difference";
import { marked } from "../journeys/differing";
import type { Forms, Journey } from "../journeys/document";
import { Sentence, Sentences } from "../journeys/Sentences";
import type { Differs } from "../journeys/shown";
import { stepWords, toldApart, withSteps, type StepWords } from "../journeys/steps";
import { Card } from "../ui/Card";
import { ago, day, local } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { State } from "./Ask";
import { ended, figure, heldOut, sideCalled, stepCounts } from "./figures";
import styles from "./Rehearse.module.css";
import { rehearse } from "./room";
import { Samples } from "./Samples";
import { useCalled } from "./sides";

const Canvas = lazy(() => import("../journeys/Canvas"));

export function Result({ id, journey }: { id: string; journey: string }) {
  const { workspace } = rehearse.useParams();
  const client = useQueryClient();
  const [now, setNow] = useState<Schemas["Rehearsal"] | null>(null);
  const [chosen, choose] = useState<string>();
  const found = useQuery({ queryKey: ["rehearsal", workspace, id], queryFn: () => data(api.GET("/api/rehearsals/{id}", { params: { path: { id } } })), retry: false });
  const forms = useForms(workspace);
  const called = useCalled((found.data?.documents ?? []) as unknown as Journey[]);
  const changes = found.data?.changes;
  const { fresh, former } = useMemo(() => marked(changes ?? []), [changes]);
  const shown = now ?? found.data?.rehearsal;
  const open = shown?.state === "waiting" || shown?.state === "running";
  useLive<Schemas["Rehearsal"]>(open ? `/api/rehearsals/${id}/progress` : null, (news) => {
    setNow(news);
    if (news.state !== "waiting" && news.state !== "running") void client.invalidateQueries({ queryKey: ["rehearsal", workspace, id] });
  });
  const cancel = useMutation({
    mutationFn: () => data(api.POST("/api/rehearsals/{id}/cancel", { params: { path: { id } } })),
    onSuccess: (news) => { setNow(news); told("Cancelled. What was played so far is dropped."); },
    onError: toldFault,
  });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data || !shown || !forms.data) return <Waiting head />;
  const { result, documents } = found.data;
  const people = (person: string) => {
    const name = found.data.called?.[person];
    return name === undefined ? "somebody" : <Link to={`/${encodeURIComponent(workspace)}/people/${person}`}>{name || "Anonymous visitor"}</Link>;
  };
  const steps = new Map(documents.flatMap((each) => [...stepWords(each as unknown as Journey, forms.data!)]));
  const what = shown.kind === "backtest" ? "on real history" : "with made-up people";
  const about = result && `${day(result.window[0]!)} to ${day(result.window[1]!)}, ${result.people.toLocaleString("en")} people${result.share < 1 ? ` (${(100 * result.share).toFixed(1)} % of all)` : ""}.`;
  return (
    <>
      <PageHead title={`${journey} ${what}`} about={about || `The ${shown.kind === "backtest" ? "last" : "next"} ${shown.days === 1 ? "day" : `${shown.days} days`}.`}>
        <State of={shown} />
        {open && <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>Cancel</Button>}
        {result && shown.kind === "backtest" && <Button variant="default" component="a" href={`/api/rehearsals/${id}/people.csv?workspace=${encodeURIComponent(workspace)}`}>Export as CSV</Button>}
      </PageHead>
      {open && <Playing shown={shown} />}
      {shown.state === "failed" && <Alert color="red" variant="light" title="It failed">{local(shown.reason)}</Alert>}
      {shown.state === "cancelled" && <Alert color="gray" variant="light">It was cancelled, so there is no result.</Alert>}
      {result && (
        <Stack gap="md">
          {result.agreement !== null && <Trust result={result} people={people} steps={steps} />}
          {documents.length > 1 && <Changes changes={changes ?? []} steps={new Map([...documents].reverse().flatMap((each) => [...toldApart(stepWords(each as unknown as Journey, forms.data!))]))} labels={result.sides.map((side) => sideCalled(side.label))} marks={new Set([...fresh.values(), ...former.values()])} />}
          <div className={styles.sides}>
            {result.sides.map((side, n) => <Drawn key={n} side={side} document={documents[n] as unknown as Journey} forms={forms.data!} chosen={chosen} choose={choose} differs={n ? former : fresh} />)}
          </div>
          <Figures sides={result.sides} />
          {result.sides.length > 1 && <Differs people={people} comparison={result.comparison} labels={result.sides.map((side) => side.label)} real={shown.kind === "backtest"} />}
          <Samples id={id} sides={result.sides.map((side) => side.label)} called={called} />
          <Card title="What is assumed"><Stack component="ul" gap={4} m={0} pl="md">{result.assumed.map((each) => <Text key={each} component="li" size="sm">{local(each)}</Text>)}</Stack></Card>
        </Stack>
      )}
    </>
  );
}

function Playing({ shown }: { shown: Schemas["Rehearsal"] }) {
  const share = (100 * shown.done) / Math.max(shown.parts, 1);
  return (
    <Paper withBorder radius="md" p="lg" aria-live="polite">
      <Text size="sm" mb="xs">{shown.state === "waiting" ? "It waits for its turn: one is played at a time, so that your mail goes on meanwhile." : `Playing: ${Math.floor(share)} % done. You can leave this page; the result is kept.`}</Text>
      <Progress value={share} aria-label="Progress" animated={shown.state === "running"} />
    </Paper>
  );
}

type People = (person: string) => ReactNode;

function Trust({ result, people, steps }: { result: Schemas["RehearsalResult"]; people: People; steps: ReadonlyMap<string, StepWords> }) {
  const share = result.agreement ?? 0;
  const real = Object.values(result.calibration.moves ?? {}).reduce((sum, counts) => sum + (counts[0] ?? 0), 0);
  const text = share === 1 ? "100 %" : `${Math.min(99.9, 100 * share).toFixed(1)} %`;
  const young = !!result.live && Date.parse(result.live) > Date.parse(result.window[0]!);
  const since = young ? ` The live version is so since ${local(result.live!)}, ${ago(result.live!)}.` : "";
  if (!real) return <Alert variant="light" color="gray" title="There is nothing to compare yet" aria-label="Calibration">Nothing really happened in this journey in the days that were played, so nothing tells yet how far the figures below can be trusted.{since} Play it again when it has been live for some days.</Alert>;
  if (young && share < 1) return <Alert variant="light" color="gray" title="It is too early to compare" aria-label="Calibration">{since.trim()} Before that it was not there to do what is played, so it says little that {text} of {real.toLocaleString("en")} real moves came out the same. Play it again when it has been live for as long as the days you play.</Alert>;
  return (
    <Alert variant="light" color="gray" icon={<Dot colour={share === 1 ? "teal" : share >= 0.95 ? "yellow" : "red"} />} title={`Checked against what really happened: ${text} came out the same`} aria-label="Calibration">
      The live version was played over the same days and held against its {real.toLocaleString("en")} real moves{share === 1 ? ": you can trust the figures below as much as the days that were played." : "."} {share < 1 && "Where it differs, the figures below are as uncertain."}
      {share < 1 && (result.calibration.examples ?? []).slice(0, 3).map((each) => {
        const [, person = "", rest = each] = /^(\w{26}): (.*)$/s.exec(each) ?? [];
        return <Text key={each} size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>{person && <>{people(person)}: </>}<Sentence of={rest} steps={steps} /></Text>;
      })}
    </Alert>
  );
}

function Dot({ colour }: { colour: string }) {
  return <span aria-hidden style={{ display: "block", width: 9, height: 9, borderRadius: 9, background: `var(--mantine-color-${colour}-6)` }} />;
}

/** What the first of two versions has otherwise than the second, in words, and how the canvases below mark it. */
function Changes({ changes, steps, labels: [fresh = "", former = ""], marks }: { changes: readonly Schemas["ChangeInWords"][]; steps: ReadonlyMap<string, StepWords>; labels: string[]; marks: ReadonlySet<Differs> }) {
  const small = (label: string) => label.charAt(0).toLowerCase() + label.slice(1);
  return (
    <Card title="How they differ" about={changes.length ? `From ${small(former)} to ${small(fresh)}.` : undefined}
      action={marks.size > 0 && <Group component="ul" aria-label="Marks on the canvases" gap={6} m={0} p={0} style={{ listStyle: "none" }}>{DIFFERENCES.filter((each) => marks.has(each)).map((each) => <li key={each}><DifferenceMark of={each} inline /></li>)}</Group>}>
      {changes.length ? <Sentences of={changes.map((each) => each.text)} steps={steps} /> : <Text size="sm" c="dimmed">They do not: both say the same.</Text>}
    </Card>
  );
}

/** A step that is chosen on one side is shown on each that has it. */
function Drawn({ side, document, forms, chosen, choose, differs }: { side: Schemas["SideCount"]; document: Journey | undefined; forms: Forms; chosen: string | undefined; choose: (step: string | undefined) => void; differs: ReadonlyMap<string, Differs> }) {
  const counts = useMemo(() => new Map(Object.entries(stepCounts(side))), [side]);
  const named = useMemo(() => (document ? withSteps(document, forms) : forms), [document, forms]);
  if (!document) return null;
  return (
    <Box style={{ minWidth: 0 }}>
      <Title order={2} size="h4" mb="xs">{sideCalled(side.label)}</Title>
      <Paper withBorder radius="md" className={styles.canvas} component="section" aria-label={`${sideCalled(side.label)}, drawn`}>
        <Suspense fallback={<Waiting />}><Canvas journey={document} forms={named} counts={counts} entered={side.entries} done={side.ended.done ?? 0} chosen={chosen} choose={choose} differs={differs} /></Suspense>
      </Paper>
    </Box>
  );
}

function Figures({ sides }: { sides: Schemas["SideCount"][] }) {
  const rows: [string, (side: Schemas["SideCount"]) => string][] = [
    ["People who entered", (side) => figure(side.people)],
    ["Entries", (side) => figure(side.entries)],
    ["Not let in", (side) => figure(sum(side.refused))],
    ["Went through to the end", (side) => figure(side.ended.done ?? 0)],
    ...(sides.some(heldOut) ? [["Held out", (side: Schemas["SideCount"]) => figure(heldOut(side))] as [string, (side: Schemas["SideCount"]) => string]] : []),
    ["Left before", (side) => figure(sum(side.ended) - (side.ended.done ?? 0) - heldOut(side))],
    ["Messages sent", (side) => figure(ended(side, "sent"))],
    ["Held back by limits or quiet hours", (side) => figure(sum(side.held))],
    ["Refused (consent, limits)", (side) => figure(ended(side, "refused"))],
    ["Failed to render", (side) => figure(ended(side, "failed"))],
    ["Reached the goal", (side) => figure(side.goals)],
  ];
  const reasons = sides.map((side) => [...Object.entries(side.held), ...Object.values(side.reasons).flatMap((each) => Object.entries(each)), ...Object.entries(side.refused)]);
  return (
    <Card title="In figures" about="A goal reached after a message is a coincidence; only a control group shows an effect.">
      <Table fz="sm">
        <Table.Thead><Table.Tr><Table.Th>Figure</Table.Th>{sides.map((side, n) => <Table.Th key={n} ta="right">{sideCalled(side.label)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map(([label, of]) => <Table.Tr key={label}><Table.Td>{label}</Table.Td>{sides.map((side, n) => <Table.Td key={n} ta="right" className="figures">{of(side)}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
      </Table>
      {reasons.some((each) => each.length) && (
        <details>
          <Text component="summary" size="sm" mt="sm">Why not, in words</Text>
          {sides.map((side, n) => reasons[n]!.length > 0 && <Box key={n} mt="xs"><Text size="sm" fw={600}>{sideCalled(side.label)}</Text>{reasons[n]!.map(([why, count], m) => <Text key={m} size="sm">{figure(count)}: {local(why)}</Text>)}</Box>)}
        </details>
      )}
    </Card>
  );
}

function Differs({ people, comparison, labels, real }: { people: People; comparison: Schemas["Comparison"]; labels: string[]; real: boolean }) {
  const [a, b] = labels.map((label) => sideCalled(label)) as [string, string];
  const rows: [string, number, string][] = [
    ["Entered both", comparison.both, "both"], [`Only in ${a.toLowerCase()}`, comparison.only_a, "only_a"], [`Only in ${b.toLowerCase()}`, comparison.only_b, "only_b"],
    ["Entered both and were sent the same", comparison.same, "same"], ["Entered both and were sent something else, or at another time", comparison.different, "different"],
  ];
  return (
    <Card title="What differs" about="The same people, on both sides.">
      <Table fz="sm">
        <Table.Thead><Table.Tr><Table.Th>People</Table.Th><Table.Th ta="right">How many</Table.Th><Table.Th>For example</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {rows.map(([label, count, key]) => (
            <Table.Tr key={key}>
              <Table.Td>{label}</Table.Td>
              <Table.Td ta="right" className="figures">{figure(count)}</Table.Td>
              <Table.Td>{real && (comparison.examples?.[key] ?? []).slice(0, 3).map((person, n) => <span key={person}>{n > 0 && ", "}{people(person)}</span>)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
