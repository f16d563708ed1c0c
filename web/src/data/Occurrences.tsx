/** How often what a rule calls one event happened in the last days, to whom, and what it looked like; counted while the rule is written. */
import { Anchor, Code, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, Refused, type Schemas } from "../api/client";
import { called } from "../people/called";
import { people, streamed } from "../rules/matching";
import { Moment } from "../ui/moment";

/** A line of the stream; see `Occurrences` of the server. */
export interface Line { looked: number; of: number; people: number; low: number; high: number; times: number; done: boolean; examples: { at: string; person: Schemas["Listed"]; kind: string; name: string; properties: Record<string, unknown> }[] }

export function Occurrences({ rule, event, home }: { rule: string; event: string; home: string }) {
  const [found, setFound] = useState<{ line: Line | null; fault: string }>({ line: null, fault: "" });
  useEffect(() => {
    const stop = new AbortController();
    if (!rule.trim()) return;
    const ask = async () => {
      try {
        const answer = await api.POST("/api/derived-events/matching", { body: { rule, event, days: 30, whole: true }, parseAs: "stream", signal: stop.signal });
        for await (const line of streamed<Line>(answer.response.body!)) if (!stop.signal.aborted) setFound({ line, fault: "" });
      } catch (error) {
        if (!stop.signal.aborted) setFound({ line: null, fault: error instanceof Refused ? error.says : "The count was cut off." });
      }
    };
    const timer = setTimeout(() => void ask(), 300);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [rule, event]);
  if (!rule.trim()) return <Text size="sm" c="dimmed">Choose an event, and what it matched in the last 30 days stands here.</Text>;
  const line = found.line;
  return (
    <Stack gap="md">
      <div role="status" aria-live="polite" aria-label="How often">
        {found.fault ? <Text size="sm" c="dimmed">{found.fault}</Text> : !line ? <Text size="sm" c="dimmed">Counting…</Text> : <Text size="sm" className="figures"><b>{says(line)}</b>{!line.done && <Text span c="dimmed"> · counting, {Math.floor((100 * line.looked) / Math.max(line.of, 1))} %</Text>}</Text>}
      </div>
      {line?.done && !line.times && <Text size="sm" c="dimmed">Nothing matched. Look at the spelling of values, or whether your product sends it already.</Text>}
      {line && line.examples.length > 0 && (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Examples">
          {line.examples.map((each, n) => (
            <li key={n}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Anchor component={Link} to={`${home}/people/${each.person.person}`} fz="sm" fw={550} c="inherit" truncate>{called(each.person)}</Anchor>
                <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>{each.name} · <Moment at={each.at} /></Text>
              </Group>
              {Object.keys(each.properties).length > 0 && <Code fz="xs" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap", display: "block" }} mt={3}>{Object.entries(each.properties).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n")}</Code>}
            </li>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

/** What is known so far, in a sentence. */
export function says(line: Line): string {
  const times = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "time" : "times"}`;
  if (line.low === line.high) return `${times(line.times)}, by ${people(line.low)}`;
  const share = line.of / Math.max(line.looked, 1);
  const middle = Math.round(line.people * share);
  return `About ${times(Math.round(line.times * share))}, by about ${people(middle)}, give or take ${Math.max(line.high - middle, middle - line.low).toLocaleString("en")}`;
}
