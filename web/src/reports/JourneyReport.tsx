/** One journey in the last days: who came through which step, day by day, and version by version. */
import { Anchor, Modal, SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Behind, type What } from "../journeys/Behind";
import { Status } from "../journeys/Status";
import { may, session } from "../session/session";
import { Chart } from "../ui/Chart";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Wide } from "../ui/Wide";
import classes from "./Funnel.module.css";
import { verdict } from "./lift";
import { Card, Days, Figure, Lines, rates, share } from "./Reports";
import { journey as route } from "./room";

export function JourneyReport() {
  const { workspace, journey } = route.useParams();
  const { days = 30 } = route.useSearch();
  const now = useQuery(session).data;
  const [behind, setBehind] = useState<{ step: string; what: What; count: number } | null>(null);
  const home = `/${encodeURIComponent(workspace)}`;
  const sees = !!now && may(now, workspace, "people:read");
  const found = useQuery({ queryKey: ["reports", workspace, journey, days], queryFn: () => data(api.GET("/api/reports/journeys/{journey}", { params: { path: { journey }, query: { days } } })), refetchInterval: 15_000, placeholderData: (before) => before });
  const back = <Text size="sm" mb={4}><Anchor component={Link} to={`${home}/reports`} c="dimmed">Reports</Anchor></Text>;
  if (found.error) return <>{back}<Failed error={found.error} again={() => void found.refetch()} /></>;
  if (!found.data) return <Waiting rows={10} />;
  const { name, status, entered, done, converted, inside, value, goal, curves, steps, versions } = found.data;
  const of = (which: string) => curves.find((each) => each.name === which)?.values ?? [];
  const worth = Object.entries(value).map(([currency, amount]) => `${amount}${currency && !amount.includes(currency) ? ` ${currency}` : ""}`).join(", ");
  return (
    <>
      {back}
      <PageHead title={name} about={<>Days are of UTC. <Anchor component={Link} to={`${home}/journeys/${encodeURIComponent(journey)}`} fz="sm" c="inherit" td="underline">Open the journey</Anchor></>}>
        <Status of={status} /><Days days={days} />
      </PageHead>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
        <Figure label="Entered" value={entered.toLocaleString("en")} />
        <Figure label="Finished" value={done.toLocaleString("en")} />
        <Figure label="In it now" value={<Count of={inside} label="In it now" open={sees ? () => setBehind({ step: "", what: "inside", count: inside }) : undefined} />} />
        {goal ? <Figure label="Reached the goal" value={converted.toLocaleString("en")} note={[share(converted, entered), worth].filter(Boolean).join(", ")} /> : <Figure label="Goal" value="–" note="the journey has none" />}
      </SimpleGrid>
      <Card title="By day"><Chart title={`${name} by day`} file={`${journey}-${days}-days`} days={found.data.days} curves={[{ name: "Entered", values: of("entered") }, { name: "Sent", values: of("sent") }, ...(goal ? [{ name: "Reached the goal", values: of("converted") }] : [{ name: "Finished", values: of("done") }])]} /></Card>
      <Card title="Step by step"><Funnel steps={steps} entered={entered} people={sees ? (step, what, count) => setBehind({ step, what, count }) : undefined} /></Card>
      {goal && <Lift workspace={workspace} journey={journey} />}
      {versions.length > 0 && (
        <Card title="By version">
          <Lines label="By version" head={["Version", "Entered", "Finished", "Reached the goal", "Sent", "Opened", "Clicked"]}
            rows={versions.map((each) => [each.version === found.data.version ? `${each.version}, live` : each.version.toString(), each.entered, each.done, goal ? `${each.converted.toLocaleString("en")} (${share(each.converted, each.entered)})` : "–", ...rates(each.messages)])} />
        </Card>
      )}
      <Modal opened={behind !== null} onClose={() => setBehind(null)} title={behind?.step ? `${name}: ${behind.step}` : name} closeButtonProps={{ "aria-label": "Close" }}>
        {behind && <Behind workspace={workspace} journey={journey} {...behind} since={behind.what === "inside" ? "" : `${found.data.days[0]}T00:00:00Z`} />}
      </Modal>
    </>
  );
}

/** Those who get marketing beside the control group, since the journey began. */
function Lift({ workspace, journey }: { workspace: string; journey: string }) {
  const found = useQuery({ queryKey: ["journey", workspace, journey, "compared"], queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } })), retry: false });
  const compared = found.data?.compared;
  if (!compared) return null;
  return (
    <Card title="Against the control group">
      <Lines label="Against the control group" head={["Since the journey began", "Entered", "Reached the goal", "Share"]}
        rows={[
          ["Get marketing", compared.treated, compared.treated_converted, share(compared.treated_converted, compared.treated)],
          ["Control group", compared.control, compared.control_converted, share(compared.control_converted, compared.control)],
        ]} />
      <Text size="sm" mt="sm">{verdict(compared)}</Text>
    </Card>
  );
}

type Lead = (step: string, what: What, count: number) => void;

/** A bar for each step, as long as the part of those who entered that went past it. */
function Funnel({ steps, entered, people }: { steps: Schemas["FunnelStep"][]; entered: number; people?: Lead }) {
  const most = Math.max(1, entered, ...steps.map((each) => each.passed));
  return (
    <Wide label="Steps and how many came to each" least={620}>
    <table className={classes.funnel}>
      <thead><tr><th>Step</th><th>Went past it</th><th aria-label="As a bar" /><th>There now</th><th>Left there</th><th>Sent</th><th>Opened</th><th>Clicked</th></tr></thead>
      <tbody>
        {steps.map((each) => (
          <tr key={each.step}>
            <td><b>{each.step}</b> <Text span size="xs" c="dimmed">{each.kind ? each.kind.replaceAll("_", " ") : "of an older version"}</Text></td>
            <td><Count of={each.passed} label={`${each.step}: went past it`} open={people && (() => people(each.step, "passed", each.passed))} /></td>
            <td className={classes.bar}><svg width="100%" height={10} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden><rect width={100} height={10} className={classes.empty} /><rect width={(100 * each.passed) / most} height={10} className={classes.full} /></svg></td>
            <td><Count of={each.waiting} label={`${each.step}: there now`} open={people && (() => people(each.step, "inside", each.waiting))} /></td>
            <td><Count of={each.left} label={`${each.step}: left there`} open={people && (() => people(each.step, "left", each.left))} /></td>
            <td>{each.sent > 0 && <Count of={each.sent} label={`${each.step}: sent`} open={people && (() => people(each.step, "sent", each.sent))} />}</td>
            <td>{each.sent > 0 && <Count of={each.opened} says={share(each.opened, each.sent)} label={`${each.step}: opened`} open={people && (() => people(each.step, "opened", each.opened))} />}</td>
            <td>{each.sent > 0 && <Count of={each.clicked} says={share(each.clicked, each.sent)} label={`${each.step}: clicked`} open={people && (() => people(each.step, "clicked", each.clicked))} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
    </Wide>
  );
}

/** A number that leads to the people behind it, where there are any and they may be seen. */
function Count({ of, says = of.toLocaleString("en"), label, open }: { of: number; says?: string; label: string; open: (() => void) | undefined }) {
  if (!open || of <= 0) return <>{says}</>;
  return <Anchor component="button" type="button" fz="inherit" c="inherit" td="underline" aria-label={`${label}, ${says}: who`} onClick={open}>{says}</Anchor>;
}
