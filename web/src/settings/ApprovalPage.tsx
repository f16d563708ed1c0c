/** One request: each document that would change, what becomes of people inside, and a yes or no to exactly that. */
import { Alert, Anchor, Badge, Box, Button, Group, Modal, Stack, Table, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { contents, type Kind } from "../content/piece";
import type { With } from "../content/Preview";
import { shownIn } from "../content/shownIn";
import { Takes } from "../content/Takes";
import { useForms, useNames } from "../journeys/called";
import type { Forms, Journey } from "../journeys/document";
import { Sentence, Sentences } from "../journeys/Sentences";
import { oneLine, stepWords, toldApart, type StepWords } from "../journeys/steps";
import { Who } from "../journeys/Who";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Reworded } from "../ui/PublishDialog";
import { told, toldFault } from "../ui/told";
import classes from "./Diff.module.css";
import { approval } from "./room";

const Told = lazy(() => import("../journeys/Told").then((found) => ({ default: found.Told })));
const Compare = lazy(() => import("../content/Compare").then((found) => ({ default: found.Compare })));

export function ApprovalPage() {
  const { workspace, approval: number } = approval.useParams();
  const id = Number(number);
  const home = `/${encodeURIComponent(workspace)}/settings/approvals`;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [refusing, setRefusing] = useState(false);
  const [answer, setAnswer] = useState("");
  const [chosen, setChosen] = useState<With>({ person: "", event: "", locale: "" });
  const { data: now } = useQuery(session);
  const found = useQuery({ queryKey: ["approvals", workspace, id], queryFn: () => data(api.GET("/api/approvals/{id}", { params: { path: { id } } })), retry: false });
  const known = useForms(workspace);
  const names = useNames(workspace, found.data?.flights.map((each) => each.journey));
  /** The page is left first: what is answered can't be asked for any more. */
  const over = (says: string) => { told(says); void navigate({ to: home }).then(() => client.invalidateQueries()); };
  const approve = useMutation({
    mutationFn: (hash: string) => data(api.POST("/api/approvals/{id}/approve", { params: { path: { id } }, body: { hash } })),
    onSuccess: () => over("Approved. It comes into force now."),
    onError: toldFault,
  });
  const refuse = useMutation({
    mutationFn: () => data(api.POST("/api/approvals/{id}/refuse", { params: { path: { id } }, body: { answer } })),
    onSuccess: () => over(found.data?.approval.mine ? "It is taken back. Nothing changed." : "Refused. Nothing changed, and its author reads why."),
    onError: toldFault,
  });
  const back = <Text size="sm" mb={4}><Anchor component={Link} to={home} c="dimmed">Approvals</Anchor></Text>;
  if (found.error) return <>{back}<Failed whole error={found.error} again={() => void found.refetch()} /></>;
  if (!found.data) return <Waiting head />;
  const { approval: asked, changes, statuses, flights, number: against = 0 } = found.data;
  const drafted = (journey: string) => {
    const document = changes.find((each) => each.kind === "journey" && each.name === journey)?.document;
    return document && known.data ? stepWords(document as unknown as Journey, known.data) : [];
  };
  const titleOf = (journey: string) => changes.find((each) => each.kind === "journey" && each.name === journey)?.called || names.journey(journey);
  const reads = !!now && may(now, workspace, "content:read");
  const previews = reads && may(now, workspace, "people:read");
  const matching = (found.data.matching ?? []).filter((each) => each.rate || each.people !== 0);
  return (
    <>
      {back}
      <PageHead title={asked.note || changes.map((each) => each.called || each.name).join(", ") || `Request ${asked.id}`} about={<><Who workspace={workspace} of={asked.asked_by} /> asked <Moment at={asked.asked} /></>}>
        {(asked.mine || asked.may_approve) && <Button variant="default" onClick={() => setRefusing(true)}>{asked.mine ? "Take it back" : "Refuse"}</Button>}
        {asked.may_approve && <Button loading={approve.isPending} onClick={() => approve.mutate(asked.hash)}>Approve</Button>}
      </PageHead>
      {asked.mine && <Alert variant="light" color="gray" mb="md">Nobody approves their own. Somebody else who may approve must look at it.</Alert>}
      {statuses.length > 0 && <Card title="What becomes of journeys"><Stack gap={4}>{statuses.map((each) => <Text key={each} size="sm">{quoted(each)}</Text>)}</Stack></Card>}
      {matching.length > 0 && <Card title="People who match already"><Stack gap={4}>{matching.map((each) => <Text key={each.journey} size="sm"><b>{titleOf(each.journey)}</b>: {quoted(each.says)}.</Text>)}</Stack></Card>}
      {flights.map((each) => <Inside key={each.journey} flight={each} name={titleOf(each.journey)} steps={toldApart(new Map([...drafted(each.journey), ...names.steps(each.journey)]))} />)}
      {changes.map((each) => reads && each.what !== "removed" && TEXTS.includes(each.kind)
        ? <Message key={`${each.kind}-${each.name}`} workspace={workspace} request={asked} over={against} change={each} chosen={chosen} onChoose={setChosen} previews={previews} />
        : <Change key={`${each.kind}-${each.name}`} change={each} forms={known.data} />)}
      <Modal opened={refusing} onClose={() => setRefusing(false)} title={asked.mine ? "Take it back?" : "Refuse it?"} closeButtonProps={{ "aria-label": "Close" }}>
        <Stack>
          {!asked.mine && <Textarea label="Why" description="Its author reads it" autosize minRows={2} value={answer} onChange={(event) => setAnswer(event.currentTarget.value)} data-autofocus />}
          <Text size="sm" c="dimmed">Nothing changes; the drafts stay, and can be asked for again.</Text>
          <Group justify="flex-end"><Button variant="default" onClick={() => setRefusing(false)}>Cancel</Button><Button color="red" loading={refuse.isPending} onClick={() => refuse.mutate()}>{asked.mine ? "Take it back" : "Refuse"}</Button></Group>
        </Stack>
      </Modal>
    </>
  );
}

function Inside({ flight, name, steps }: { flight: Schemas["InFlight"]; name: string; steps: ReadonlyMap<string, StepWords> }) {
  const called = (step: string) => { const words = steps.get(step); return words ? oneLine(words) : step; };
  return (
    <Card title={`People in ${name}`} about={flight.inside ? `${flight.inside.toLocaleString("en")} ${flight.inside === 1 ? "person is" : "people are"} inside now.` : "Nobody is inside now."}>
      {flight.changes.length > 0 && <Sentences of={flight.changes} steps={steps} />}
      {flight.stops.length > 0 && (
        <Table fz="sm" mt="sm">
          <Table.Thead><Table.Tr><Table.Th>At the step</Table.Th><Table.Th ta="right">People</Table.Th><Table.Th>What becomes of them</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>{flight.stops.map((each) => <Table.Tr key={each.step}><Table.Td>{called(each.step)}</Table.Td><Table.Td ta="right">{each.people.toLocaleString("en")}</Table.Td><Table.Td>They <Sentence of={each.becomes} steps={steps} /></Table.Td></Table.Tr>)}</Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

const TEXTS = ["template", "layout", "snippet"];

interface Texts { workspace: string; request: Schemas["Waiting"]; over: number; change: Schemas["DocumentChange"]; chosen: With; onChoose: (chosen: With) => void; previews: boolean }

/** A message, or what messages are made of: what changes in words, and how it reads before and after, as for its author. */
function Message({ workspace, request, over, change, chosen, onChoose, previews }: Texts) {
  const kind = change.kind as Kind;
  const { data: all } = useQuery({ ...contents(workspace), enabled: previews && kind !== "template" });
  const [through = ""] = previews ? shownIn(all?.pieces ?? [], kind, change.name) : [];
  const older = change.what === "changed" ? { number: over, says: "in force", at: String(over) } : undefined;
  return (
    <Document change={change}>
      <Suspense fallback={<Waiting rows={5} />}>
        <Compare workspace={workspace} kind={kind} name={change.name} older={older} newer={{ number: 0, waiting: request.id, says: "once it is approved", at: request.hash }} through={through} chosen={chosen} onChoose={onChoose} folded />
      </Suspense>
      {!older && <details className="lines"><summary>Line by line, as the source is written</summary><Lines change={change} /></details>}
    </Document>
  );
}

function Document({ change, children }: { change: Schemas["DocumentChange"]; children: ReactNode }) {
  const { workspace } = approval.useParams();
  const names = useNames(workspace);
  const sent = [...TEXTS, "asset"].includes(change.kind);
  const takers = change.used_by.map((id) => `${names.journey(id)}${change.closed.includes(id) ? " (closed, people finish in it)" : ""}`);
  return (
    <Card title={`${KINDS[change.kind] ?? `${change.kind[0]!.toUpperCase()}${change.kind.slice(1)}`} ${change.called || change.name}`.trim()} about={takers.length && !sent ? `Journeys that take it: ${takers.join(", ")}.` : undefined} action={<Badge>{WHAT[change.what]}</Badge>}>
      {sent && change.used_by.length > 0 && <Takes workspace={workspace} takes={change.used_by} closed={change.closed} keeps={change.keeps} />}
      {children}
    </Card>
  );
}

const KINDS: Record<string, string> = { template: "Message", event: "Derived event", settings: "Settings" };
const WHAT: Record<Schemas["DocumentChange"]["what"], string> = { added: "New", changed: "Changed", removed: "Removed" };

/** In words first where there are some; the lines of the file for who asks for them. */
function Change({ change, forms }: { change: Schemas["DocumentChange"]; forms: Forms | undefined }) {
  const lines = <details className="lines"><summary>Line by line, as the file is written</summary><Lines change={change} /></details>;
  if (change.document) return <Document change={change}><Suspense fallback={<Waiting rows={5} />}>{forms ? <Told journey={change.document as unknown as Journey} forms={forms} /> : <Waiting rows={5} />}</Suspense>{lines}</Document>;
  if (change.rule?.length) return <Document change={change}><Reworded words={change.rule} first={change.what === "added"} />{lines}</Document>;
  return <Document change={change}><Lines change={change} /></Document>;
}

function Lines({ change }: { change: Schemas["DocumentChange"] }) {
  const lines = change.what === "changed" ? change.diff.filter((line) => !line.startsWith("---") && !line.startsWith("+++")) : (change.what === "added" ? change.after : change.before).split("\n").map((line) => `${change.what === "added" ? "+" : "-"}${line}`);
  return (
    <Box className={classes.diff} role="group" aria-label={`Changes of ${change.file || change.name}`} tabIndex={0}>
      {lines.map((line, n) => <div key={n} className={line.startsWith("+") ? classes.added : line.startsWith("-") ? classes.gone : line.startsWith("@@") ? classes.place : undefined}>{line || " "}</div>)}
    </Box>
  );
}
