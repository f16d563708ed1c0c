/** One journey in the last days: who came through which step, day by day, and version by version. */
import { Anchor, Modal, SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Behind, isWhat, type What } from "../journeys/Behind";
import { useForms, wordsOf } from "../journeys/called";
import { Status } from "../journeys/Status";
import { oneLine, type StepWords } from "../journeys/steps";
import { may, session } from "../session/session";
import { UNASKED } from "../ui/asked";
import { Card } from "../ui/Card";
import { Chart } from "../ui/Chart";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Hours } from "./Hours";
import { verdict, type Sides } from "./lift";
import { Lines, share, type Column } from "./Lines";
import classes from "./Lines.module.css";
import { Days, Figure, part, rates } from "./Reports";
import { journey as route } from "./room";

export function JourneyReport() {
  const { workspace, journey } = route.useParams();
  const { days = 30, sort, who, at, version } = route.useSearch();
  const navigate = useNavigate();
  const now = useQuery(session).data;
  const [count, setCount] = useState<number>();
  const home = `/${encodeURIComponent(workspace)}`;
  const sees = !!now && may(now, workspace, "people:read");
  const page = useQuery({ queryKey: ["journey", workspace, journey, "compared"], queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } })), retry: false }).data;
  const forms = useForms(workspace).data;
  const names = page && forms ? wordsOf(page, forms) : new Map<string, StepWords>();
  const found = useQuery({ queryKey: ["reports", workspace, journey, days], queryFn: () => data(api.GET("/api/reports/journeys/{journey}", { params: { path: { journey }, query: { days } } })), refetchInterval: 15_000, placeholderData: (before) => before });
  const back = <Text size="sm" mb={4}><Anchor component={Link} to={`${home}/reports`} c="dimmed">Reports</Anchor></Text>;
  if (found.error) return <>{back}<Failed whole error={found.error} again={() => void found.refetch()} /></>;
  if (!found.data) return <Waiting head rows={10} />;
  const { name, status, entered, done, converted, inside, value, goal, curves, steps, versions } = found.data;
  const of = (which: string) => curves.find((each) => each.name === which)?.values ?? [];
  const called = (step: string) => { const words = names.get(step); return words ? oneLine(words) : step; };
  const worth = Object.entries(value).map(([currency, amount]) => `${amount}${currency && !amount.includes(currency) ? ` ${currency}` : ""}`).join(", ");
  const behind = sees && isWhat(who) ? who : undefined;
  const look = (who?: What, count?: number, at?: string, version?: number) => {
    setCount(count);
    void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...UNASKED, who, at, version }), replace: true });
  };
  /** A number of the whole journey, or of one of its versions. */
  const whole = (what: What, count: number, label: string, version?: number, says?: string) => <Count of={count} label={label} says={says} open={sees ? () => look(what, count, undefined, version) : undefined} />;
  const lift = sees ? (what: What, count: number, step?: string) => look(what, count, step) : undefined;
  return (
    <>
      {back}
      <PageHead title={name} mark={<Status of={status} />} about={<>Days are of UTC. <Anchor component={Link} to={`${home}/journeys/${encodeURIComponent(journey)}`} fz="sm" c="inherit" td="underline">Open the journey</Anchor></>}>
        <Days days={days} />
      </PageHead>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
        <Figure label="Entered" value={whole("entered", entered, "Entered")} />
        <Figure label="Finished" value={whole("done", done, "Finished")} />
        <Figure label="In it now" value={whole("inside", inside, "In it now")} />
        {goal ? <Figure label="Reached the goal" value={whole("converted", converted, "Reached the goal")} note={[share(converted, entered), worth].filter(Boolean).join(", ")} /> : <Figure label="Goal" value="–" note="the journey has none" />}
      </SimpleGrid>
      <Card title="By day"><Chart title={`${name} by day`} file={`${journey}-${days}-days`} days={found.data.days} curves={[{ name: "Entered", values: of("entered") }, { name: "Sent", values: of("sent") }, ...(goal ? [{ name: "Reached the goal", values: of("converted") }] : [{ name: "Finished", values: of("done") }])]} /></Card>
      {now && may(now, workspace, "journeys:read") && <Hours workspace={workspace} journey={journey} name={name} steps={steps.map((each) => each.step)} versions={versions.map((each) => each.version)} called={called} />}
      <Card title="Step by step"><Funnel title={`${name}, step by step`} file={`${journey}-steps-${days}-days`} steps={steps} names={names} entered={entered} people={sees ? (step, what, count) => look(what, count, step) : undefined} /></Card>
      {goal && page?.compared && <Lift title="Against the control group" file={`${journey}-control-group`} got="Get marketing" others="Control group, who get none" whats={CONTROL} compared={page.compared} people={lift} />}
      {goal && page?.held_out?.map((each) => <Lift key={each.step} title={`Against who was held out: ${called(each.step)}`} file={`${journey}-held-out-${each.step}`} came="Came there" got="Went on there" others="Held out, who got nothing more" whats={HELD} compared={each} people={lift && ((what, count) => lift(what, count, each.step))} />)}
      {versions.length > 0 && (
        <Card title="By version">
          <Lines label="By version" file={`${journey}-versions-${days}-days`} rows={versions} idOf={(each) => each.version.toString()} sort={{ table: "versions", now: sort }} columns={[
            { title: "Version", of: (each) => each.version, show: (each) => (each.version === found.data.version ? `${each.version}, live` : each.version.toString()) },
            { title: "Entered", of: (each) => each.entered, show: (each) => whole("entered", each.entered, `Version ${each.version}: entered`, each.version) },
            { title: "Finished", of: (each) => each.done, show: (each) => whole("done", each.done, `Version ${each.version}: finished`, each.version) },
            { title: "Reached the goal", of: (each) => (goal ? each.converted : ""), show: (each) => (goal ? whole("converted", each.converted, `Version ${each.version}: reached the goal`, each.version, `${each.converted.toLocaleString("en")} (${share(each.converted, each.entered)})`) : "–") },
            ...rates<Schemas["VersionLine"]>((each) => each.messages),
          ]} />
        </Card>
      )}
      <Modal opened={behind !== undefined} onClose={() => look()} title={at ? `${name}: ${called(at)}` : name} closeButtonProps={{ "aria-label": "Close" }}>
        {behind && <Behind workspace={workspace} journey={journey} step={at ?? ""} what={behind} version={version} count={count} called={called} since={EVER.includes(behind) ? "" : `${found.data.days[0]}T00:00:00Z`} />}
      </Modal>
    </>
  );
}

interface Side { side: string; entered: number; converted: number; whats: readonly [What, What] }
/** Numbers that are of all the time, not of the days that are shown. */
const EVER: readonly What[] = ["inside", "entered_treated", "entered_control", "converted_treated", "converted_control", "drawn", "held_out", "converted_drawn", "converted_held_out"];
/** The words of the numbers: who came on each of both sides, and who of them reached the goal. */
type Whats = readonly [readonly [What, What], readonly [What, What]];
const CONTROL: Whats = [["entered_treated", "converted_treated"], ["entered_control", "converted_control"]];
const HELD: Whats = [["drawn", "converted_drawn"], ["held_out", "converted_held_out"]];

/** Those who `got` something beside the `others`, since the journey began. */
function Lift({ title, file, came = "Entered", got, others, whats, compared, people }: { title: string; file: string; came?: string; got: string; others: string; whats: Whats; compared: Sides; people?: (what: What, count: number) => void }) {
  const sides: Side[] = [
    { side: got, entered: compared.treated, converted: compared.treated_converted, whats: whats[0] },
    { side: others, entered: compared.control, converted: compared.control_converted, whats: whats[1] },
  ];
  const count = (what: What, of: number, label: string) => <Count of={of} label={label} open={people && (() => people(what, of))} />;
  return (
    <Card title={title}>
      <Text size="sm" mb="xs">{verdict(compared)}</Text>
      <Lines label={title} file={file} rows={sides} idOf={(each) => each.side} bar={(each) => ({ label: each.side, value: each.entered ? each.converted / each.entered * 100 : 0, says: `${share(each.converted, each.entered)} of ${each.entered.toLocaleString("en")}` })} columns={[
        { title: "Since the journey began", of: (each) => each.side },
        { title: came, of: (each) => each.entered, show: (each) => count(each.whats[0], each.entered, `${each.side}: ${came.toLowerCase()}`) },
        { title: "Reached the goal", of: (each) => each.converted, show: (each) => count(each.whats[1], each.converted, `${each.side}: reached the goal`) },
        part<Side>("Share", (each) => each.converted, (each) => each.entered),
      ]} />
    </Card>
  );
}

type Step = Schemas["FunnelStep"];
type Lead = (step: string, what: What, count: number) => void;

/** A bar for each step, as long as the part of those who entered that went past it. */
function Funnel({ title, file, steps, names, entered, people }: { title: string; file: string; steps: Step[]; names: Map<string, StepWords>; entered: number; people?: Lead }) {
  const most = Math.max(1, entered, ...steps.map((each) => each.passed));
  const words = (each: Step) => names.get(each.step) ?? { title: each.step, line: "", arm: "" };
  const called = (each: Step) => oneLine(words(each));
  /** A column of what did not go out, where anything did not. */
  const unsent = (title: string, what: "dropped" | "failed"): Column<Step>[] => steps.some((each) => each[what]) ? [{ title, of: (each) => each[what] || "", show: (each) => (each[what] ?? 0) > 0 && count(each, what, each[what]!, title.toLowerCase()) }] : [];
  const count = (each: Step, what: What, of: number, says: string, shown?: string) => <Count of={of} says={shown} label={`${called(each)}: ${says}`} open={people && (() => people(each.step, what, of))} />;
  return (
    <Lines label={title} file={file} rows={steps} idOf={(each) => each.step} bar={(each) => ({ label: called(each), value: each.passed, says: each.passed.toLocaleString("en") })} columns={[
      { title: "Step", wide: true, of: (each) => called(each), show: (each) => <StepName of={words(each)} older={!each.kind} /> },
      { title: "As a bar", wide: true, show: (each) => <svg width="100%" height={10} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden><rect width={100} height={10} className={classes.empty} /><rect width={(100 * each.passed) / most} height={10} className={classes.full} /></svg> },
      { title: "Went past it", of: (each) => each.passed, show: (each) => count(each, "passed", each.passed, "went past it") },
      { title: "There now", of: (each) => each.waiting, show: (each) => count(each, "inside", each.waiting, "there now") },
      { title: "Left there", of: (each) => each.left, show: (each) => count(each, "left", each.left, "left there") },
      { title: "Sent", of: (each) => (each.sent ? each.sent : ""), show: (each) => each.sent > 0 && count(each, "sent", each.sent, "sent") },
      { title: "Opened", of: (each) => (each.readable ? each.opened : ""), show: (each) => each.sent > 0 && (each.readable ? count(each, "opened", each.opened, "opened", share(each.opened, each.readable)) : "–") },
      { title: "Clicked", of: (each) => (each.sent ? each.clicked : ""), show: (each) => each.sent > 0 && count(each, "clicked", each.clicked, "clicked", share(each.clicked, each.sent)) },
      ...unsent("Not sent", "dropped"),
      ...unsent("Failed", "failed"),
      { title: "Id", of: (each) => each.step, show: (each) => <span className={classes.id}>{each.step}</span> },
    ]} />
  );
}

/** What a step is called and does, as on the canvas; above it what is asked, where a way begins with it. */
function StepName({ of: { title, line, arm }, older }: { of: StepWords; older: boolean }) {
  return (
    <div style={{ overflowWrap: "anywhere" }}>
      {arm && <Text size="xs" c="dimmed">{arm}</Text>}
      <b>{title}</b> {line} {older && <Text span size="xs" c="dimmed">of an older version</Text>}
    </div>
  );
}

/** A number that leads to the people behind it, where there are any and they may be seen. */
function Count({ of, says = of.toLocaleString("en"), label, open }: { of: number; says?: string; label: string; open: (() => void) | undefined }) {
  if (!open || of <= 0) return <>{says}</>;
  return <Anchor component="button" type="button" fz="inherit" c="inherit" td="underline" aria-label={`${label}, ${says}: who`} onClick={open}>{says}</Anchor>;
}
