/** Rehearse a journey before anybody gets it: with one person, on real history, or with people made up. */
import { Anchor, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data } from "../api/client";
import { Back } from "../ui/Back";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Ask } from "./Ask";
import { OnMe } from "./OnMe";
import { Result } from "./Result";
import { rehearse, type Way } from "./room";
import { Walk } from "./Walk";

const ABOUT: Record<Way, string> = {
  person: "One person goes through it: somebody invented, or one of your people. You say what happens to them and when.",
  history: "Your people live through the last days again, as history holds them. Nothing is sent, nothing is changed.",
  me: "The whole journey with waits of seconds, and its mail in your own inbox. Run by the real engine, sent by the real provider.",
  people: "People are made up after the real ones, as often as these do things. For when there is little history yet.",
};

export function Rehearse() {
  const { workspace, journey } = rehearse.useParams();
  const search = rehearse.useSearch();
  const by: Way = search.by ?? "person", id = search.id;
  const navigate = useNavigate();
  const live = useQuery({
    queryKey: ["journey", workspace, journey],
    queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } })),
    retry: false,
  });
  const drafts = useQuery({ queryKey: ["drafts", workspace, journey], queryFn: () => data(api.GET("/api/drafts", { params: { query: { kind: "journey", name: journey } } })) });
  const versions = useQuery({
    queryKey: ["versions", workspace, journey],
    queryFn: () => data(api.GET("/api/journeys/{journey}/versions", { params: { path: { journey } } })),
    retry: false,
  });
  const home = `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey)}`;
  const name = live.data?.name ?? journey;
  const drafted = (drafts.data?.drafts.length ?? 0) > 0;
  if (live.isPending || drafts.isPending || versions.isPending) return <Waiting head />;
  if (!live.data) return <><Back to={`/${encodeURIComponent(workspace)}/journeys`}>Journeys</Back><Failed whole error={live.error} again={() => void live.refetch()} /></>;
  const older = (versions.data?.versions ?? []).filter((each) => !each.newest).map((each) => each.version);
  const sides = { drafted, live: live.data.version > 0, older }; // one that was never published has a draft alone
  return (
    <>
      <Text size="sm" mb={4}>
        <Anchor component={Link} to={home} c="dimmed">{name}</Anchor>
        {id && <Text span c="dimmed"> / <Anchor component={Link} to={`${home}/rehearse${by === "person" ? "" : `?by=${by}`}`} c="dimmed">Rehearse</Anchor></Text>}
      </Text>
      {id ? <Result id={id} journey={name} /> : (
        <>
          <PageHead title={`Rehearse ${name}`} about={ABOUT[by]}>
            <SegmentedControl aria-label="Rehearse with" value={by} onChange={(value) => void navigate({ to: ".", search: { by: value as Way }, replace: true })}
              data={[{ value: "person", label: "One person" }, { value: "history", label: "Real history" }, { value: "people", label: "Made-up people" }, { value: "me", label: "On me" }]} />
          </PageHead>
          {by === "person" ? <Walk journey={journey} sides={sides} /> : by === "me" ? <OnMe journey={journey} sides={sides} /> : <Ask key={by} journey={journey} kind={by === "history" ? "backtest" : "simulation"} sides={sides} />}
        </>
      )}
    </>
  );
}
