/** Every segment: its rule, how many people are in it, and what would change with it. */
import { Button, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Draft } from "../ui/Draft";
import { ListPage } from "../ui/ListPage";
import { may, session } from "../session/session";
import { Empty } from "../ui/Page";
import { Rule } from "../ui/Rule";
import { Filters } from "../labels/Filters";
import { isNarrowed, useLabels, type Labelled } from "../labels/labels";
import { Marks } from "../labels/Marks";
import { Nothing } from "../labels/Nothing";
import { RowMenu } from "../labels/RowMenu";
import { Star } from "../labels/Star";
import { NewSegment } from "./NewSegment";
import { useNew } from "../ui/useNew";
import { list } from "./room";

type Segment = Schemas["Segment"] & { draft: boolean; live: boolean };

const WORTH = { name: (each: Segment) => each.name, people: (each: Segment) => each.people, journeys: (each: Segment) => each.journeys.length + each.segments.length };

export function Segments() {
  const { q = "", ...by } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const home = `/${encodeURIComponent(workspace)}`;
  const known = useLabels(workspace, ["segment"]);
  const narrow = (more: Labelled & { q?: string }) => void navigate({ to: ".", search: { q: q || undefined, ...by, ...more }, replace: true });
  const called = useNames(workspace);
  const [copying, setCopying] = useState<Segment | null>(null);
  const now = useQuery(session).data;
  const [making, setMaking] = useNew();
  const [taken, setTaken] = useState<string[]>([]);
  const makes = !!now && may(now, workspace, "segments:edit");
  const begin = <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New segment</Button>;
  return (
    <>
    {copying && <NewSegment close={() => setCopying(null)} home={home} taken={taken} of={copying} />}
    {making && makes && <NewSegment close={() => setMaking(false)} home={home} taken={taken} />}
    <ListPage<Segment, never>
      actions={makes && begin}
      title="Segments"
      about="People who have something in common, by a rule that is kept true at every moment."
      queryKey={["segments", workspace, q, by, known.version]}
      fetch={async () => {
        const rows = await everything();
        setTaken(rows.map((each) => each.segment));
        const wanted = q.toLowerCase();
        return { rows: rows.filter((each) => `${each.name} ${each.segment} ${each.rule ?? ""}`.toLowerCase().includes(wanted) && known.fits(known.of("segment", each.segment), by)), next: null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search by name or rule", onChange: (text) => narrow({ q: text || undefined }) }}
      filters={<Filters by={by} folders={known.folders} tags={known.tags} narrow={narrow} />}
      sorts={{ by: by.sort, worth: WORTH, onChange: (sort) => narrow({ sort }) }}
      idOf={(segment) => segment.segment}
      onOpen={(segment) => void navigate({ to: `${home}/segments/${segment.segment}` })}
      columns={[
        { accessor: "star", title: "", width: 40, render: (segment) => <Star of={known.of("segment", segment.segment)} title={segment.name} /> },
        {
          accessor: "name",
          title: "Name",
          render: (segment) => <Group gap={6}><Link to={`${home}/segments/${segment.segment}`} style={{ textDecoration: "none", fontWeight: 550 }}>{segment.name}</Link>{segment.draft && <Draft live={segment.live} />}<Marks of={known.of("segment", segment.segment)} /></Group>,
        },
        { accessor: "rule", title: "Rule", render: (segment) => segment.rule ? <Rule of={segment.rule} /> : <Text size="sm" c="dimmed">Kept by hand</Text>, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "people", title: "People", textAlign: "right", render: (segment) => !segment.live ? "–" : segment.counted === 1 ? segment.people.toLocaleString("en") : <Text component="span" size="sm" c="dimmed">being counted, {Math.floor(100 * segment.counted)} %</Text> },
        {
          accessor: "journeys",
          title: "Used by",
          render: (segment) => [...segment.journeys.map(called.journey), ...segment.segments.map(called.segment)].join(", ") || <Text component="span" size="sm" c="dimmed">–</Text>,
          visibleMediaQuery: "(min-width: 48em)",
        },
        ...(makes ? [{ accessor: "more", title: "", width: 44, render: (segment: Segment) => <RowMenu of={known.of("segment", segment.segment)} title={segment.name} folders={known.folders} tags={known.tags} copy={() => setCopying(segment)} /> }] : []),
      ]}
      empty={isNarrowed(by) || known.away ? <Nothing by={by} /> : <Empty title="No segments yet">A segment is everybody who has something in common: those on a trial, those who ordered twice, those who went quiet. Journeys begin and end with it.</Empty>}
    />
    </>
  );
}

/** What is in force, and drafts of what is not yet. */
async function everything(): Promise<Segment[]> {
  const [found, drafts] = await Promise.all([data(api.GET("/api/segments")), data(api.GET("/api/drafts"))]);
  const begun = new Map(drafts.drafts.filter((each) => each.kind === "segment").map((each) => [each.name, each.body]));
  const live = found.segments.map((each) => ({ ...each, draft: begun.delete(each.segment), live: true }));
  const fresh = [...begun].map(([segment, body]) => ({
    segment, name: typeof body.name === "string" ? body.name : segment, note: "", rule: body.manual ? null : String(body.rule ?? ""), people: 0, journeys: [], segments: [], over: 0, counted: 1, draft: true, live: false,
  }));
  return [...fresh, ...live];
}
