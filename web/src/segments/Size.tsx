/** How many people a segment had over the last weeks: a line, and the same as a table for who can't see it. */
import { SegmentedControl, Group, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Failed, Waiting } from "../ui/Page";

const WIDTH = 420, HEIGHT = 96, PAD = 4;
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** `now`: null while they are being counted. */
export function Size({ workspace, name, now }: { workspace: string; name: string; now: number | null }) {
  const [days, setDays] = useState("30");
  const found = useQuery({
    queryKey: ["segment", workspace, name, "sizes", days],
    queryFn: () => data(api.GET("/api/segments/{name}/sizes", { params: { path: { name }, query: { days: Number(days) } } })),
    enabled: now !== null,
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });
  if (found.error) return <Failed error={found.error} />;
  if (now === null) return <Text size="sm" c="dimmed">It is told once everybody is counted.</Text>;
  if (!found.data) return <Waiting rows={3} />;
  const points = [...found.data.sizes.map((each) => ({ at: Date.parse(each.at), people: each.people })), { at: Date.now(), people: now }];
  const first = points[0]!;
  const top = Math.max(...points.map((each) => each.people), 1);
  const since = first.at, span = Math.max(points[points.length - 1]!.at - since, 1);
  const x = (at: number) => PAD + ((at - since) / span) * (WIDTH - 2 * PAD);
  const y = (people: number) => HEIGHT - PAD - (people / top) * (HEIGHT - 2 * PAD);
  return (
    <div>
      <Group justify="space-between" mb={8}>
        <Text size="sm" className="figures"><b>{now.toLocaleString("en")}</b> now, {first.people.toLocaleString("en")} on {day.format(first.at)}</Text>
        <SegmentedControl size="xs" aria-label="How far back" value={days} onChange={setDays} data={[{ value: "7", label: "Week" }, { value: "30", label: "Month" }, { value: "365", label: "Year" }]} />
      </Group>
      {points.length < 3 ? <Text size="sm" c="dimmed">It is counted once an hour from now on; the line is drawn as soon as there are some.</Text> : (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`People in the segment, from ${first.people} to ${now}`} width="100%" height={HEIGHT} preserveAspectRatio="none">
          <line x1={PAD} x2={WIDTH - PAD} y1={HEIGHT - PAD} y2={HEIGHT - PAD} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
          <polyline points={points.map((each) => `${x(each.at)},${y(each.people)}`).join(" ")} fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth={2} vectorEffect="non-scaling-stroke" />
        </svg>
      )}
      <VisuallyHidden>
        <table>
          <caption>People in the segment over time</caption>
          <thead><tr><th>When</th><th>People</th></tr></thead>
          <tbody>{points.map((each) => <tr key={each.at}><td>{exact.format(each.at)}</td><td>{each.people}</td></tr>)}</tbody>
        </table>
      </VisuallyHidden>
    </div>
  );
}
