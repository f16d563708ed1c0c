/** Ask for a rehearsal of many, and find those that are kept. */
import { Anchor, Button, Group, NumberInput, Paper, Select, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Given } from "../ui/ListPage";
import { here, Moment } from "../ui/moment";
import { Empty, Failed, Waiting } from "../ui/Page";
import { toldFault } from "../ui/told";
import { useListing } from "../ui/useListing";
import { Mark } from "./Mark";
import { rehearse } from "./room";
import { asking, declared, type Answers } from "./asking";
import { Outside } from "./Outside";
import { documentOf, first, meant, open, SideSelect, useCalled, type Side, type Sides } from "./sides";

type Kind = Schemas["Rehearsal"]["kind"];

export function Ask({ journey, kind, sides }: { journey: string; kind: "backtest" | "simulation"; sides: Sides }) {
  const { workspace } = rehearse.useParams();
  const { by } = rehearse.useSearch();
  const navigate = useNavigate();
  const [side, setSide] = useState<Side>(first(sides));
  const [other, setOther] = useState<Side | "">("live");
  const [answers, setAnswers] = useState<Answers>({});
  const [until, setUntil] = useState("");
  const [days, setDays] = useState<number | string>(30);
  const [many, setMany] = useState<number | string>(kind === "backtest" ? 0 : 1000);
  const choices = open(sides);
  const others = choices.filter((each) => each.value !== side);
  const beside = others.some((each) => each.value === other) ? other : "";
  const asked = useQuery({
    queryKey: ["rehearse-asking", workspace, journey, side, beside],
    queryFn: () => Promise.all([side, beside].map((each) => (each ? documentOf(journey, each) : null))),
    retry: false,
  });
  const steps = (asked.data ?? []).flatMap(asking).filter((each, n, all) => all.findIndex((one) => one.step === each.step) === n);
  const called = useCalled(asked.data ?? []);
  const ask = useMutation({
    mutationFn: () => data(api.POST("/api/rehearsals", {
      body: { kind, journey, side: meant(side), against: beside ? meant(beside) : null, days: Number(days) || 1, sample: kind === "backtest" ? Number(many) || 0 : 0, people: kind === "simulation" ? Number(many) || 1 : 1000, seed: 1, ...declared(answers), until: until ? new Date(until).toISOString() : "" },
    })),
    onSuccess: (made) => void navigate({ to: ".", search: { by, id: made.id } }),
    onError: toldFault,
  });
  return (
    <>
      <Paper withBorder radius="md" p="lg" mb="lg" component="form" aria-label="What to rehearse" onSubmit={(event) => { event.preventDefault(); ask.mutate(); }}>
        <Group align="flex-end">
          <SideSelect label="Version" choices={choices} value={side} onChange={setSide} />
          <Select label="Side by side with" w={180} allowDeselect={false} disabled={!others.length} data={[{ value: "", label: "Nothing" }, ...others]} value={beside} onChange={(side) => setOther(side as Side | "")} />
          <NumberInput label={kind === "backtest" ? "Days of history" : "Days they live"} min={1} max={400} value={days} onChange={setDays} w={140} />
          <NumberInput label={kind === "backtest" ? "People, at most" : "People to make up"} min={kind === "backtest" ? 0 : 1} max={kind === "backtest" ? undefined : 20000} value={many} onChange={setMany} w={150} description={undefined} />
          {kind === "backtest" && <TextInput type="datetime-local" label="Up to" max={here(new Date())} value={until} onChange={(event) => setUntil(event.currentTarget.value)} w={190} />}
        </Group>
        {kind === "backtest" && <Text size="xs" c="dimmed" mt={6}>0 people at most is everybody. Fewer are drawn at random, and answer sooner. Up to now, where nothing else is said.</Text>}
        <Outside steps={steps} called={called} answers={answers} change={setAnswers} left={kind === "backtest" ? "As it was, else nothing" : "Nothing: the run waits"} />
        <Group mt="md"><Button type="submit" loading={ask.isPending}>{kind === "backtest" ? "Play history" : "Play"}</Button></Group>
        {ask.error && <Group mt="sm"><Failed error={ask.error} /></Group>}
      </Paper>
      <Kept workspace={workspace} journey={journey} kind={kind} />
    </>
  );
}

type Played = Schemas["Rehearsal"];
const WORTH = { made: (each: Played) => Date.parse(each.made), sides: (each: Played) => each.sides.join(" and "), days: (each: Played) => each.days, made_by: (each: Played) => each.made_by, state: (each: Played) => each.state };

function Kept({ workspace, journey, kind }: { workspace: string; journey: string; kind: Kind }) {
  const search = rehearse.useSearch(), { by } = search;
  const asked = useListing(search);
  const names = useNames(workspace), navigate = useNavigate();
  const home = `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey)}/rehearse`;
  const way = (each: Played) => `${home}?${new URLSearchParams({ ...(by && { by }), id: each.id })}`;
  const found = useQuery({
    queryKey: ["rehearsals", workspace, journey],
    queryFn: () => data(api.GET("/api/rehearsals", { params: { query: { journey } } })),
    refetchInterval: 5000,
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting rows={3} />;
  const rows = found.data.rehearsals.filter((each) => each.kind === kind);
  if (!rows.length) return <Empty title="None was played yet">What is played is kept here with its result, so that others can look at it too.</Empty>;
  return (
    <Given<Played>
      title="Rehearsals that are kept"
      rows={rows.filter((each) => asked.found(`${each.sides.join(" and ")} ${names.member(each.made_by)} ${each.made_by} ${each.state}`))}
      search={asked.search("Search by what or who")}
      sorts={asked.sorts(WORTH)}
      idOf={(each) => each.id}
      onOpen={(each) => void navigate({ to: way(each) })}
      columns={[
        { accessor: "made", title: "Played", render: (each) => <Anchor component={Link} to={way(each)} fz="sm"><Moment at={each.made} /></Anchor> },
        { accessor: "sides", title: "What", render: (each) => each.sides.join(" and ") },
        { accessor: "days", title: "Days", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (each) => <span className="figures">{each.days}</span> },
        { accessor: "made_by", title: "By", visibleMediaQuery: "(min-width: 48em)", render: (each) => names.member(each.made_by) },
        { accessor: "state", title: "State", render: (each) => <State of={each} /> },
      ]}
      empty={null}
    />
  );
}

export function State({ of }: { of: Schemas["Rehearsal"] }) {
  return <Mark of={of.state} says={of.state === "running" ? `${Math.floor((100 * of.done) / Math.max(of.parts, 1))} %` : of.state} />;
}
