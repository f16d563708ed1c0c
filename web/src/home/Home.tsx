/** What needs a look, what is live, what changed; and where a workspace is new, the first steps. */
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronRight, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { api, data, type Schemas } from "../api/client";
import { capital, quoted } from "../api/quoted";
import { Status } from "../journeys/Status";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Along, Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Spark } from "../ui/Spark";
import { useListing } from "../ui/useListing";
import classes from "./Home.module.css";
import { home as page } from "./room";
import { isSetUp } from "./setup";

const FirstSteps = lazy(() => import("./FirstSteps").then((found) => ({ default: found.FirstSteps })));

export function Home() {
  const { workspace } = page.useParams();
  const { data: now } = useQuery(session);
  const [hidden, setHidden] = useLocalStorage({ key: `tidings-first-steps-hidden-${workspace}`, defaultValue: false, getInitialValueInEffect: false });
  const [begun, setBegun] = useLocalStorage({ key: `tidings-first-steps-begun-${workspace}`, defaultValue: false, getInitialValueInEffect: false });
  const found = useQuery({ queryKey: ["home", workspace], queryFn: () => data(api.GET("/api/home")), refetchInterval: 10_000 });
  const unfinished = !!found.data && !isSetUp(found.data.start);
  useEffect(() => { if (unfinished) setBegun(true); }, [unfinished, setBegun]);
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data || !now) return <Waiting head />;
  const { start, looks, journeys, changes, people } = found.data;
  const home = `/${encodeURIComponent(workspace)}`;
  // whoever saw them unfinished sees the last tick too
  const newcomer = !hidden && (unfinished || begun) && may(now, workspace, "settings:edit");
  const first = now.name?.split(" ")[0];
  return (
    <>
      <PageHead title={newcomer ? `Welcome${first ? `, ${first}` : ""}` : "Home"}
        about={newcomer ? (unfinished ? "A few steps, and the first message is on its way." : "All of it is done: your first journey is live.") : people ? `${people > 10_000 ? "More than 10,000 people" : people === 1 ? "1 person" : `${people.toLocaleString("en")} people`} in ${workspace}.` : undefined} />
      <Suspense fallback={<Waiting rows={8} />}>{/* nothing below the first steps is shown before them, so that nothing jumps */}
      {newcomer && <FirstSteps start={start} hide={() => setHidden(true)} />}
      <div className={classes.columns}>
        <div>
          <Card title="Needs a look">
            {looks.length === 0 ? <Group gap={8} wrap="nowrap" align="flex-start"><IconCircleCheck size={18} color="var(--good)" style={{ flexShrink: 0 }} /><Text size="sm">{journeys.some((each) => each.status === "live" && each.entered > 0) ? "All is well: messages go out, people come in." : journeys.some((each) => each.status === "live") ? "Nothing is wrong. Nobody has come into a journey in the last 7 days." : people ? "Nothing is wrong. What needs you will stand here, once a journey is live." : "Nothing is wrong. What needs you will stand here, once people come in."}<Text span size="xs" c="dimmed" display="block">{WATCHED}</Text></Text></Group> : (
              <Along><Stack gap={2}>{looks.map((each) => <Look key={each.says} look={each} home={home} />)}</Stack></Along>
            )}
          </Card>
          <Card title="Live journeys" action={<Anchor component={Link} to={`${home}/journeys`} size="xs" c="dimmed">All journeys</Anchor>}>
            {journeys.length === 0 ? <Text size="sm" c="dimmed">None is live yet. A journey leads people step by step, from something they did.</Text> : <Live journeys={journeys} home={home} />}
          </Card>
        </div>
        <div>
          <Card title="Changed lately">
            {changes.length === 0 ? <Text size="sm" c="dimmed">Nothing yet. What is published stands here, with who did it.</Text> : <Stack gap="sm">{changes.map((each) => <Change key={each.number} change={each} />)}</Stack>}
          </Card>
        </div>
      </div>
      </Suspense>
    </>
  );
}

/** As `project/looks.py` judges. */
const WATCHED = "Watched: providers that refuse messages, bounces (from 3 % of a week’s mail), spam complaints, journeys that nobody enters any more, people who stand still at a fault, and records that could not be applied.";

function Look({ look, home }: { look: Schemas["Look"]; home: string }) {
  const [path = "", query = ""] = look.place.split("?");
  return (
    <div data-item><Link className={classes.look} to={`${home}/${path}`} search={Object.fromEntries(new URLSearchParams(query))}>
      {look.grave ? <IconAlertTriangle size={18} color="var(--bad)" aria-label="Urgent" /> : <IconInfoCircle size={18} aria-hidden />}
      <span className={classes.says}><Text size="sm" fw={550} span display="block">{quoted(look.says)}</Text><Text size="xs" c="dimmed" span display="block">{quoted(look.hint)}</Text></span>
      <IconChevronRight size={16} aria-hidden />
    </Link></div>
  );
}

type LiveJourney = Schemas["LiveJourney"];
const WORTH = { name: (each: LiveJourney) => each.name, inside: (each: LiveJourney) => each.inside, entered: (each: LiveJourney) => each.entered, sent: (each: LiveJourney) => each.sent };

function Live({ journeys, home }: { journeys: LiveJourney[]; home: string }) {
  const asked = useListing(page.useSearch());
  return (
    <Given<LiveJourney>
      title="What is live"
      rows={journeys.filter((each) => asked.found(each.name))}
      search={journeys.length > 20 ? asked.search("Search live journeys") : undefined}
      sorts={asked.sorts(WORTH)}
      idOf={(each) => each.journey}
      columns={[
        { accessor: "name", title: "Journey", render: (each) => <><Link to={`${home}/journeys/${encodeURIComponent(each.journey)}`} style={{ textDecoration: "none", fontWeight: 550 }}>{each.name}</Link>{each.status !== "live" && <> <Status of={each.status} /></>}</> },
        { accessor: "inside", title: "In it now", textAlign: "right", render: (each) => each.inside.toLocaleString("en") },
        { accessor: "entered", title: "Entered, 7 days", textAlign: "right", render: (each) => each.entered.toLocaleString("en") },
        { accessor: "days", title: "By day", width: 90, visibleMediaQuery: "(min-width: 48em)", render: (each) => <Spark values={each.days} width={70} label={`By day: ${each.days.join(", ")}`} /> },
        { accessor: "sent", title: "Sent, 7 days", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.sent.toLocaleString("en") },
      ]}
      empty={null}
    />
  );
}

function Change({ change }: { change: Schemas["Home"]["changes"][number] }) {
  return (
    <div>
      {(change.note || !change.what.length) && <Text size="sm" style={{ overflowWrap: "anywhere" }}>{change.note || "Something was published"}</Text>}
      {change.what.map((each) => <Text key={each} size={change.note ? "xs" : "sm"} c={change.note ? "dimmed" : undefined} style={{ overflowWrap: "anywhere" }}>{capital(each)}</Text>)}
      <Text size="xs" c="dimmed"><Moment at={change.at} />{change.author && ` by ${change.author}`}{change.approver && <>, approved by {change.approver}</>}, as change {change.number}</Text>
    </div>
  );
}
