/** Every journey, with how many people are in it. */
import { Box, Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { api, data, type Schemas } from "../api/client";
import { Draft } from "../ui/Draft";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { may, session } from "../session/session";
import { toldFault } from "../ui/told";
import { useNew } from "../ui/useNew";
import { isNarrowed, useLabels, type Labelled } from "../labels/labels";
import { Marks } from "../labels/Marks";
import { Nothing } from "../labels/Nothing";
import { RowMenu } from "../labels/RowMenu";
import { Star } from "../labels/Star";
import type { Journey } from "./document";
import { list } from "./room";
import { Status } from "./Status";

const Filters = lazy(() => import("../labels/Filters").then((module) => ({ default: module.Filters })));
const New = lazy(() => import("./NewJourney").then((module) => ({ default: module.NewJourney })));

type Brief = Schemas["JourneyBrief"];

const STANDING: Record<string, number> = { live: 0, preparing: 1, paused: 2, draft: 3, closed: 4, stopped: 5 };
const WORTH = {
  name: (each: Brief) => each.name, changed: (each: Brief) => Date.parse(each.changed ?? "") || 0, status: (each: Brief) => `${STANDING[each.status] ?? 9}`, inside: (each: Brief) => each.inside, entered: (each: Brief) => each.entered, version: (each: Brief) => each.version,
};

const standing = (journey: Brief) => <Group gap={6}><Status of={journey.status} shadow={journey.shadow} />{journey.draft && journey.version > 0 && <Draft live />}</Group>;

export function Journeys() {
  const { q = "", ...by } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const known = useLabels(workspace, ["journey"]);
  const narrow = (more: Labelled & { q?: string }) => void navigate({ to: ".", search: { q: q || undefined, ...by, ...more }, replace: true });
  const open = (id: string) => void navigate({ to: `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}` });
  const way = (journey: Brief) => `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey.journey)}`;
  const { data: now } = useQuery(session);
  const edits = !!now && may(now, workspace, "journeys:edit");
  const [making, setMaking] = useNew();
  const recipes = `/${encodeURIComponent(workspace)}/recipes`;
  const begin = <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New journey</Button>;
  return (
    <>
    <ListPage<Brief, null>
      title="Journeys"
      about="What people go through: what starts it, the steps, and who is where."
      actions={edits && begin}
      queryKey={["journeys", workspace, "list", q, by, known.version]}
      fetch={async () => {
        const { journeys } = await data(api.GET("/api/journeys"));
        const wanted = q.toLowerCase();
        return { rows: journeys.filter((each) => `${each.name} ${each.journey}`.toLowerCase().includes(wanted) && known.fits(known.of("journey", each.journey), by)), next: null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search journeys", onChange: (text) => narrow({ q: text || undefined }) }}
      filters={<Suspense fallback={null}><Filters by={by} folders={known.folders} tags={known.tags} narrow={narrow} /></Suspense>}
      sorts={{ by: by.sort, worth: WORTH, onChange: (sort) => narrow({ sort }) }}
      idOf={(journey) => journey.journey}
      onOpen={(journey) => void navigate({ to: way(journey) })}
      columns={[
        { accessor: "star", title: "", width: 40, render: (journey) => <Star of={known.of("journey", journey.journey)} title={journey.name} /> },
        { accessor: "name", title: "Name", render: (journey) => <Group gap={6}><Link to={way(journey)} style={{ textDecoration: "none", fontWeight: 550 }}>{journey.name}</Link><Marks of={known.of("journey", journey.journey)} /><Box hiddenFrom="sm" w="100%">{standing(journey)}</Box></Group> },
        { accessor: "status", title: "Status", visibleMediaQuery: "(min-width: 48em)", render: standing },
        { accessor: "inside", title: "In it now", textAlign: "right", render: (journey) => <span className="figures">{journey.inside.toLocaleString("en")}</span> },
        { accessor: "entered", title: "Ever entered", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (journey) => <span className="figures">{journey.entered.toLocaleString("en")}</span> },
        { accessor: "changed", title: "Changed", visibleMediaQuery: "(min-width: 62em)", render: (journey) => journey.changed && <Moment at={journey.changed} /> },
        { accessor: "version", title: "Version", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (journey) => <span className="figures">{journey.version || "–"}</span> },
        ...(edits ? [{ accessor: "more", title: "", width: 44, render: (journey: Brief) => <RowMenu of={known.of("journey", journey.journey)} title={journey.name} folders={known.folders} tags={known.tags} copy={() => void copied(journey.journey).then(open, toldFault)} before={closing(journey)} restored={journey.status === "closed" ? "It is closed: “Resume” on its page lets people in again." : undefined} /> }] : []),
      ]}
      empty={isNarrowed(by) || known.away ? <Nothing by={by} /> : (
        <Empty title="No journeys yet" action={edits && <Button variant="default" component={Link} to={recipes}>From a recipe</Button>}>
          A journey begins when something happens, such as a sign-up, and leads people step by step: messages, waits, ways for different people.
          Take a recipe and make it yours, or draw one from nothing. Nobody gets anything before you publish it.
        </Empty>)
      }
    />
    {making && edits && <Suspense fallback={null}><New recipes={recipes} onClose={() => setMaking(false)} onMade={(id) => void navigate({ to: `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}`, search: { step: "trigger" } })} /></Suspense>}
    </>
  );
}

async function copied(id: string): Promise<string> {
  const { document } = await data(api.GET("/api/journeys/{journey}", { params: { path: { journey: id } } }));
  const { duplicateJourney } = await import("./make");
  return duplicateJourney(document as unknown as Journey);
}

/** Nobody may come in any more before a journey is put away. */
function closing({ journey, status, inside }: Brief) {
  if (status !== "live" && status !== "paused") return undefined;
  const move = (command: string) => api.POST("/api/journeys/{journey}/{command}", { params: { path: { journey, command } }, body: {} } as never);
  const people = inside === 0 ? "Nobody is inside now." : `${inside === 1 ? "The 1 person inside goes" : `The ${inside.toLocaleString("en")} people inside go`} on to the end and get their messages.`;
  return { does: "Close and archive", says: `Nobody comes in any more. ${people} It leaves this list, and can be restored.`, run: () => move("close"), back: () => move("resume") };
}
