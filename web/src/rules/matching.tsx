/** For how many people a rule holds while it is being written: a sample with its margin at once, exact a moment later; the next key cancels. */
import { Button, Group, Text } from "@mantine/core";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { api, Refused, type Schemas } from "../api/client";

export type Listed = Schemas["Listed"];
/** A line of the stream; see `SoFar` of the server. */
export interface SoFar { looked: number; of: number; holding: number; low: number; high: number; people: Listed[]; done: boolean; busy: boolean }

export interface Matching { line: SoFar | null; people: Listed[]; fault: Refused | null; cut: boolean }
const NOTHING: Matching = { line: null, people: [], fault: null, cut: false };

/** Asks everybody (`whole`), or until `limit` people are found; "" asks nobody. Cancelled when the rule changes, or nobody looks any more. */
export function useMatching(rule: string, { whole = false, limit = 0, wait = 300, attributes = "" }: { whole?: boolean; limit?: number; wait?: number; attributes?: string } = {}): Matching & { again: () => void } {
  const [found, setFound] = useState<Matching>(NOTHING);
  const [times, setTimes] = useState(0);
  const former = useRef("");
  useEffect(() => {
    const stop = new AbortController();
    if (former.current !== rule) setFound(NOTHING);
    former.current = rule;
    if (!rule.trim()) return;
    const ask = async () => {
      const people: Listed[] = [];
      let line: SoFar | null = null;
      try {
        const answer = await api.POST("/api/people/matching", { body: { rule, whole, limit, attributes: attributes ? attributes.split(",") : [] }, parseAs: "stream", signal: stop.signal });
        for await (line of streamed<SoFar>(answer.response.body!)) {
          if (stop.signal.aborted) return;
          people.push(...line.people);
          setFound({ line, people: [...people], fault: null, cut: false });
        }
        if (!line?.done) setFound({ line, people: [...people], fault: null, cut: true });
      } catch (error) {
        if (stop.signal.aborted) return;
        const fault = error instanceof Refused && error.status ? error : null; // else the server is out of reach
        setFound({ line, people, fault, cut: !fault });
      }
    };
    const timer = setTimeout(() => void ask(), wait);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [rule, whole, limit, wait, attributes, times]);
  return { ...found, again: () => { setFound(NOTHING); setTimes(times + 1); } };
}

/** The lines of a stream of JSON. */
export async function* streamed<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) yield JSON.parse(part) as T;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const many = (count: number) => count.toLocaleString("en");
export const people = (count: number) => `${many(count)} ${count === 1 ? "person" : "people"}`;

/** What is known so far, in a sentence. */
export function says(line: SoFar): string {
  if (line.busy) return `${line.looked ? `${about(line)}. ` : ""}Many rules are counted just now; change it or come back in a moment for the exact number`;
  if (line.low === line.high) return `${people(line.low)} of ${many(line.of)}`;
  return about(line);
}

function about(line: SoFar): string {
  const middle = Math.round((line.holding / Math.max(line.looked, 1)) * line.of);
  const margin = Math.max(line.high - middle, middle - line.low);
  return `About ${people(middle)} of ${many(line.of)}, give or take ${many(margin)}`;
}

const SOME = 5;

/** The count beside a rule, from sample to exact; `some`: shows some of them below it. */
export function Count({ rule, some }: { rule: string; some?: (people: Listed[]) => ReactNode }) {
  const found = useMatching(rule, { whole: true, limit: some ? SOME : 0 });
  if (!rule.trim()) return null;
  return (
    <div>
      <Group gap={8} role="status" aria-live="polite" aria-label="How many people">
        {found.fault ? <Text size="sm" c="dimmed">{found.fault.says}</Text>
          : found.cut ? <><Text size="sm" c="dimmed">The count was cut off.</Text><Button size="compact-xs" variant="default" onClick={found.again}>Count again</Button></>
          : !found.line ? <Text size="sm" c="dimmed">Counting…</Text>
          : <Text size="sm" className="figures"><b>{says(found.line)}</b>{!found.line.done && <Text span c="dimmed"> · counting, {Math.floor((100 * found.line.looked) / Math.max(found.line.of, 1))} %</Text>}</Text>}
      </Group>
      {found.people.length > 0 && some?.(found.people)}
    </div>
  );
}
