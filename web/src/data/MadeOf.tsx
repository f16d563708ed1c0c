/** What a derived event is made of: one event or another, each with what must be true of it. The server reads and prints the rule. */
import { ActionIcon, Button, Group, Paper, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, data, standing } from "../api/client";
import { quoted } from "../api/quoted";
import { offered } from "../rules/ClauseFields";
import { NameField } from "../rules/fields";
import { RuleBuilder } from "../rules/RuleBuilder";
import { words } from "../rules/words";

interface Part { key: number; kind: string; event: string; where: string; readable: boolean }
interface Tree { clause: string; of?: Tree[]; kind?: string; event?: string; where?: unknown }

const KINDS = [{ value: "track", label: "did" }, { value: "page", label: "saw page" }, { value: "screen", label: "saw screen" }];
let count = 0;
const part = (kind = "track", event = "", where = ""): Part => ({ key: ++count, kind, event, where, readable: true });

interface Props {
  value: string;
  /** Told each new rule, once all of it can be read. */
  onChange: (rule: string) => void;
  /** Names it can't be made of: its own. */
  without: string[];
  readOnly?: boolean;
}

export function MadeOf({ value, onChange, without, readOnly = false }: Props) {
  const [parts, setParts] = useState<Part[] | null>(null);
  const [fault, setFault] = useState("");
  const mine = useRef<string | null>(null);
  const tell = useRef(onChange);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const asking = useRef<AbortController | null>(null);
  const names = useQuery(words(standing.workspace)).data;
  useEffect(() => { tell.current = onChange; });
  useEffect(() => () => { clearTimeout(waiting.current); asking.current?.abort(); }, []);
  useEffect(() => {
    if (value === mine.current) return;
    mine.current = value;
    const stop = new AbortController();
    void read(value, stop.signal).then((found) => { if (!stop.signal.aborted) { setParts(found); setFault(""); } }, (error: Error) => { if (!stop.signal.aborted) { setParts([part()]); setFault(error.message); } });
    return () => stop.abort();
  }, [value]);
  const draw = (next: Part[]) => {
    setParts(next);
    clearTimeout(waiting.current);
    asking.current?.abort();
    if (!next.length || next.some((each) => !each.event.trim() || !each.readable)) return;
    const stop = (asking.current = new AbortController());
    waiting.current = setTimeout(() => void print(next, stop.signal).then((rule) => {
      if (stop.signal.aborted) return;
      setFault("");
      mine.current = rule;
      tell.current(rule);
    }, (error: Error) => { if (!stop.signal.aborted) setFault(error.message); }), 200);
  };
  if (!parts) return <Text size="sm" c="dimmed">Reading the rule…</Text>;
  const all = (names?.events ?? []).filter((each) => !(each.derived && without.includes(each.name)));
  const change = (key: number, by: Partial<Part>) => draw(parts.map((each) => each.key === key ? { ...each, ...by } : each));
  return (
    <Stack gap="xs">
      {parts.map((each, n) => (
        <div key={each.key}>
          {n > 0 && <Text size="xs" fw={600} c="dimmed" mb={6} ml={2}>or</Text>}
          <Paper withBorder radius="sm" p="sm" role="group" aria-label={`Event ${n + 1}`}>
            <Group gap="xs" mb={each.event ? "xs" : 0} wrap="nowrap">
              <Select aria-label="Kind of event" size="xs" w={116} data={KINDS} value={each.kind} readOnly={readOnly} onChange={(kind) => kind && change(each.key, { kind })} />
              <NameField label="Event" placeholder={each.kind === "track" ? "event" : each.kind} value={each.event} width={320}
                known={offered(all, each.kind).known} onChange={(event) => change(each.key, { event, kind: offered(all, each.kind).kindOf(event) })} />
              {!readOnly && parts.length > 1 && <ActionIcon ml="auto" variant="subtle" color="gray" aria-label={`Take event ${n + 1} out`} onClick={() => draw(parts.filter((other) => other.key !== each.key))}><IconTrash size={15} /></ActionIcon>}
            </Group>
            {each.event && <RuleBuilder where folded label={`Where, of event ${n + 1}`} value={each.where} event={{ kind: each.kind, name: each.event }} readOnly={readOnly} empty="Each one counts." onChange={(where, readable) => change(each.key, { where, readable: readable || !where.trim() })} />}
          </Paper>
        </div>
      ))}
      {!readOnly && <div><Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => draw([...parts, part()])}>Or another event</Button></div>}
      {fault && <Text size="sm" c="red" role="alert">{fault}</Text>}
    </Stack>
  );
}

/** Reads a rule into its events; each `where` keeps its own words. */
async function read(rule: string, signal: AbortSignal): Promise<Part[]> {
  if (!rule.trim()) return [part()];
  const said = await data(api.POST("/api/rules/check", { body: { rule, where: false }, signal }));
  if (!said.tree) throw new Error(said.problems.map((each) => quoted(each.message)).join("; "));
  const text = new Map(said.clauses.map((each) => [each.path, each.text]));
  const found: Part[] = [];
  const walk = (tree: Tree, path: string) => {
    const inside = path ? `${path}.` : "";
    if (tree.clause === "any") tree.of?.forEach((inner, n) => walk(inner, `${inside}of.${n}`));
    else if (tree.clause === "did") found.push(part(tree.kind, tree.event, tree.where ? text.get(`${inside}where`) : ""));
    else throw new Error("This rule says more than which events it is; its file has to be mended.");
  };
  walk(said.tree as unknown as Tree, "");
  return found;
}

async function print(parts: Part[], signal: AbortSignal): Promise<string> {
  const drawn = parts.map((each) => ({ clause: "did", event: each.event.trim(), ...(each.kind !== "track" && { kind: each.kind }), ...(each.where.trim() && { where: { clause: "text", text: each.where } }) }));
  const said = await data(api.POST("/api/rules/print", { body: { sketch: drawn.length === 1 ? drawn[0]! : { clause: "any", of: drawn }, where: false }, signal }));
  if (said.text === null) throw new Error(said.problems.map((each) => quoted(each.message)).join("; "));
  return said.text;
}
