/** Publishing: what changes in words, who is inside and what becomes of them, a choice for each step, and how far it has come. */
import { Alert, Badge, Button, Progress, Select, Stack, Switch, Table, Text, Textarea, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, useMemo, useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { capital, quoted, saysFlaw } from "../api/quoted";
import { called as personCalled } from "../people/called";
import { Dialog, Foot } from "../ui/Dialog";
import { Failed, Waiting } from "../ui/Page";
import { told } from "../ui/told";
import { withField, type Forms, type Journey } from "./document";
import styles from "./Edit.module.css";
import { sayRamp } from "./ramps";
import { Sentence, Sentences } from "./Sentences";
import { oneLine, stepWords, toldApart, type StepWords } from "./steps";
import { plainly, useCheck } from "./useCheck";

type Plan = Schemas["JourneyPlan"];
type Stop = Schemas["PlanStop"];

interface Props {
  workspace: string;
  journey: string;
  name: string;
  forms: Forms;
  /** What is live, and the draft that is published; by these steps are called. */
  live: Journey;
  drafted?: Journey;
  /** Steps that only former versions have. */
  older?: Journey["steps"];
  /** A former version to bring back; 0 publishes the draft. */
  version?: number;
  /** Whether people may match its trigger already. */
  takes?: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function Publish({ workspace, journey, name, forms, live, drafted, older, version = 0, takes = false, onClose, onDone }: Props) {
  const [choices, setChoices] = useState<Record<string, string>>({});
  const [note, setNote] = useState("");
  const [ramp, setRamp] = useState("");
  const [rate, setRate] = useState("");
  const [shadow, setShadow] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const path = { journey };
  const found = useQuery({
    queryKey: ["plan", workspace, journey, version, choices, ramp, rate],
    queryFn: () => data(api.POST("/api/journeys/{journey}/plan", { params: { path }, body: { version, choices, ramp, take_in: rate } })),
    placeholderData: (before) => before,
    staleTime: 0, gcTime: 0, retry: false,
  });
  const plan = found.data;
  const former = useQuery({
    queryKey: ["versions", workspace, journey, version],
    queryFn: () => data(api.GET("/api/journeys/{journey}/versions/{version}", { params: { path: { journey, version } } })),
    enabled: version > 0, staleTime: Infinity,
  });
  const next = version ? (former.data?.document as unknown as Journey | undefined) : drafted;
  /** What steps are called where people stand, and where they come to. */
  const [steps, onward] = useMemo(() => {
    const former = older && { ...live, steps: older };
    const [once, now, then] = [former, live, next].map((each) => (each ? [...toldApart(stepWords(each, forms))] : []));
    return [new Map([...once!, ...then!, ...now!]), new Map([...once!, ...now!, ...then!])];
  }, [next, live, older, forms]);
  const publish = async () => {
    if (!plan) return;
    setBusy(true);
    setFault(null);
    try {
      const done = await data(api.POST("/api/journeys/{journey}/publish", { params: { path }, body: { version, choices, note, ramp, take_in: rate, over: plan.over, revision: plan.revision, shadow } }));
      told(done.waiting ? `It waits for somebody else’s approval, as number ${done.waiting}.` : shadow ? `${name} is live in shadow: it sends nothing.` : `Version ${done.version} of ${name} is published.`);
      onDone();
    } catch (error) {
      setFault(error as Error);
      if (error instanceof Refused && error.code === "overtaken") void found.refetch();
    } finally {
      setBusy(false);
    }
  };
  const title = version ? `Bring back version ${version}` : plan && !plan.first ? `Publish changes to ${name}` : `Publish ${name}`;
  return (
    <Dialog onClose={onClose} size={720} title={title}>
      {found.error && !plan ? (drafted ? <Unready workspace={workspace} drafted={drafted} forms={forms} error={found.error} /> : <Problems error={found.error} />) : !plan ? <Waiting rows={4} /> : (
        <Stack gap="lg">
          <Changes plan={plan} steps={steps} />
          {plan.together.length > 0 && (
            <section aria-label="Comes with it">
              <Title order={3} fz="sm" mb={4}>Comes into force with it</Title>
              <ul className={styles.words}>{plan.together.map((each) => <li key={`${each.kind} ${each.name}`}>The new {KINDS[each.kind] ?? each.kind} <b>{each.title}</b></li>)}</ul>
            </section>
          )}
          {!plan.first && <Inside workspace={workspace} journey={journey} plan={plan} steps={steps} onward={onward} choices={choices} onChoose={(step, choice) => setChoices((before) => withField(before, step, choice ?? undefined))} />}
          {plan.forecast && <section aria-label="What to expect"><Title order={3} fz="sm" mb={4}>What to expect</Title><Text size="sm">{quoted(capital(plan.forecast.sentence))}.</Text><Text size="xs" c="dimmed">{quoted(capital(plan.forecast.basis))}.</Text></section>}
          {(plan.since ?? []).length > 0 && <Alert color="yellow" variant="light" title="Another version came meanwhile"><Sentences of={plan.since!} steps={onward} /></Alert>}
          {plan.warnings.length > 0 && <Alert color="yellow" variant="light" title="Worth a look"><ul className={styles.words}>{plan.warnings.map((each) => <li key={each}>{quoted(capital(each))}</li>)}</ul></Alert>}
          {(plan.ramps ?? []).length > 0 && (
            <Select label="Let people in" value={ramp} onChange={(chosen) => setRamp(chosen ?? "")} data={[{ value: "", label: "Everybody at once" }, ...(plan.ramps ?? []).map((each) => ({ value: each, label: sayRamp(each) }))]} />
          )}
          {takes && (
            <Select label="Who matches already" description={`${matching(plan)}They come in by and by, each once, and only if they still match when their turn comes.`} value={rate} onChange={(chosen) => setRate(chosen ?? "")} data={RATES} />
          )}
          {plan.first && <Switch label="Begin in shadow" description="People come in and go their ways, and none of its messages is handed over: you read what would have been sent, and let it send when you like." checked={shadow} onChange={(event) => setShadow(event.currentTarget.checked)} />}
          <Textarea label="What it is for" description="Shown in the list of versions." autosize minRows={1} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          {found.error && <Problems error={found.error} />}
          {fault && <Failed error={fault} />}
          {plan.approval && <Text size="sm">Somebody else approves this before it comes into force: they see exactly what stands here.</Text>}
          <Foot>
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button loading={busy} disabled={!!found.error || found.isPlaceholderData} onClick={() => void publish()}>{plan.approval ? "Ask for approval" : version ? "Bring it back" : "Publish"}</Button>
          </Foot>
        </Stack>
      )}
    </Dialog>
  );
}

function matching({ matching: found }: Plan) {
  if (!found) return "";
  if (found.people === null) return "How many do is known once the new segment is built. ";
  const about = found.low === found.high ? found.people.toLocaleString("en") : `About ${found.people.toLocaleString("en")}`;
  return `${about} ${found.people === 1 ? "person does" : "people do"} now. `;
}

const RATES = [
  { value: "", label: "Stays outside: only from now on" },
  { value: "100 per hour", label: "Is taken in, 100 an hour" },
  { value: "1000 per hour", label: "Is taken in, 1,000 an hour" },
  { value: "all", label: "Is taken in at once" },
];

/** What the draft lacks, as the bar of its editor says it, and at which step. */
function Unready({ workspace, drafted, forms, error }: { workspace: string; drafted: Journey; forms: Forms; error: Error }) {
  const { data: said } = useCheck(workspace, drafted);
  const words = stepWords(drafted, forms);
  const faults = said ? plainly(said.problems, said.of, forms).filter((each) => !each.warning) : [];
  if (!faults.length) return <Problems error={error} />;
  return (
    <Alert color="red" variant="light" role="alert" title="This can’t be published yet">
      <ul className={styles.words}>{faults.map((each, n) => <li key={n}><b>{called(each.step, words) || "The journey"}</b>: {saysFlaw(each)}</li>)}</ul>
    </Alert>
  );
}

function Problems({ error }: { error: Error }) {
  const faults = error instanceof Refused ? error.faults : [];
  if (faults.length < 2) return <Failed error={error} />;
  return <Alert color="red" variant="light" role="alert" title="This can’t be published yet"><ul className={styles.words}>{faults.map((each, n) => <li key={n}>{capital(each.message)}</li>)}</ul></Alert>;
}

type Steps = ReadonlyMap<string, StepWords>;
const called = (step: string, steps: Steps) => { const words = steps.get(step); return words ? oneLine(words) : step; };

function Changes({ plan, steps }: { plan: Plan; steps: Steps }) {
  if (plan.first) return <Text size="sm">It goes live as version 1: from now on, whoever the trigger concerns comes in.</Text>;
  return (
    <section aria-label="What changes">
      <Title order={3} fz="sm" mb={4}>What changes in version {plan.version}</Title>
      {plan.changes.length ? <Sentences of={plan.changes.map((each) => each.text)} steps={steps} /> : <Text size="sm" c="dimmed">Nothing: it says the same as what is live.</Text>}
    </section>
  );
}

function Inside({ workspace, journey, plan, steps, onward, choices, onChoose }: { workspace: string; journey: string; plan: Plan; steps: Steps; onward: Steps; choices: Record<string, string>; onChoose: (step: string, choice: string | null) => void }) {
  if (!plan.inside) return <Text size="sm" c="dimmed">Nobody is inside now.</Text>;
  const stops = plan.stops.filter((stop) => stop.matters || stop.step in choices);
  const rest = plan.inside - stops.reduce((sum, stop) => sum + stop.people, 0);
  return (
    <section aria-label="People inside">
      <Title order={3} fz="sm" mb={4}>People inside <Badge ml={4} className="figures">{plan.inside.toLocaleString("en")}</Badge></Title>
      {stops.length > 0 && (
        <Table fz="sm" verticalSpacing={6} withRowBorders className={styles.stops}>
          <Table.Thead><Table.Tr><Table.Th>Where</Table.Th><Table.Th>What becomes of them</Table.Th><Table.Th w={220}>Choose otherwise</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {stops.map((stop) => (
              <Table.Tr key={stop.step}>
                <Table.Td><b>{called(stop.step, steps)}</b><Text size="xs" c="dimmed" className="figures">{stop.people.toLocaleString("en")} {stop.people === 1 ? "person" : "people"}</Text><Some workspace={workspace} journey={journey} stop={stop} /></Table.Td>
                <Table.Td>They <Sentence of={stop.becomes} steps={onward} />.{stop.changes.map((each) => <Text key={each} size="xs" c="dimmed"><Sentence of={capital(each)} steps={steps} /></Text>)}</Table.Td>
                <Table.Td><Choose stop={stop} plan={plan} steps={steps} onward={onward} value={choices[stop.step] ?? ""} onChoose={(choice) => onChoose(stop.step, choice)} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {rest > 0 && <Text size="sm" mt={6} className="figures">{rest.toLocaleString("en")} {stops.length ? "elsewhere " : ""}{rest === 1 ? "goes" : "go"} on in version {plan.version}, from where they are.</Text>}
      <Text size="xs" c="dimmed" mt={4}>Nobody gets a message twice because you publish.</Text>
    </section>
  );
}

/** Some of those who stand at a step, by name. Whoever may not see people sees how many they are. */
function Some({ workspace, journey, stop }: { workspace: string; journey: string; stop: Stop }) {
  const found = useQuery({
    queryKey: ["some at", workspace, journey, stop.step],
    queryFn: () => data(api.GET("/api/journeys/{journey}/steps/{step}/people", { params: { path: { journey, step: stop.step }, query: { limit: SAMPLE } } })),
    retry: false,
  });
  const people = found.data?.people ?? [];
  if (!people.length) return null;
  const more = stop.people - people.length;
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {people.map((who, n) => (
        <Fragment key={who.person}>{n > 0 && ", "}<Link to={`/${encodeURIComponent(workspace)}/people/${who.person}`} target="_blank">{personCalled(who)}</Link></Fragment>
      ))}
      {more > 0 && ` and ${more.toLocaleString("en")} more`}
    </Text>
  );
}

const KINDS: Record<string, string> = { template: "message", event: "derived event", asset: "picture" };
const SAMPLE = 3;
const SAYS: Record<string, string> = { finish: "Finish on their version", leave: "Leave the journey", retime: "Wait by the new terms", keep: "Wait by the old terms" };

function Choose({ stop, plan, steps, onward, value, onChoose }: { stop: Stop; plan: Plan; steps: Steps; onward: Steps; value: string; onChoose: (choice: string | null) => void }) {
  const [way, ...to] = value.split(" ");
  const ways = stop.open.map((each) => each.split(" ")[0]!);
  return (
    <Stack gap={4}>
      <Select size="xs" aria-label={`People at ${called(stop.step, steps)}`} value={way || "as"} onChange={(chosen) => onChoose(!chosen || chosen === "as" ? null : chosen === "move" ? `move ${stop.next || (plan.steps.at(-1)?.id ?? "")}` : chosen)}
        data={[{ value: "as", label: "As described" }, ...ways.map((each) => ({ value: each, label: each === "move" ? "Move to a step" : (SAYS[each] ?? each) }))]} />
      {way === "move" && <Select size="xs" searchable aria-label={`Where people at ${called(stop.step, steps)} move to`} value={to.join(" ")} data={plan.steps.map((each) => ({ value: each.id, label: called(each.id, onward) }))} onChange={(step) => step && onChoose(`move ${step}`)} />}
    </Stack>
  );
}

/** How far everybody has been brought up to what was published last; nothing once that is done. */
export function CarryingOn({ workspace, since }: { workspace: string; since: number }) {
  const found = useQuery({
    queryKey: ["carrying", workspace, since],
    queryFn: () => data(api.GET("/api/progress")),
    refetchInterval: (query) => (query.state.data?.done ? false : 800),
  });
  if (!found.data || found.data.done) return null;
  return (
    <div role="status" style={{ marginBottom: 12 }}>
      <Text size="xs" c="dimmed" mb={4}>Bringing everybody up to what was just published: {Math.round(found.data.share * 100)} %, {found.data.people.toLocaleString("en")} {found.data.people === 1 ? "person" : "people"} so far.</Text>
      <Progress value={found.data.share * 100} size="sm" aria-label="How far everybody is brought up" />
    </div>
  );
}
