/**
 * A rule, drawn and written: the clauses as fields, and beside them the same rule as a sentence; whichever is changed, the other follows.
 *
 * `value` is the rule's text. `onChange` is told each new text: of a drawing when all of it can be read (the server prints it), of the
 * sentence as it is typed, faults and all, with whether it can be read; once it is known that it can be read, the same text is told again.
 * A drawing that lacks something is not told: it says so itself. A sentence that is left is told as it is printed: the same, `reprinted`.
 */
import { Button, Collapse, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, data, standing, type Schemas } from "../api/client";
import { saysFlaw } from "../api/quoted";
import { told } from "../ui/told";
import { GroupBox, type Edits } from "./Groups";
import { changed, copied, fromTree, group, isGroup, keyAt, moved, parentOf, printed, spoken, toSketch, type Group, type Node } from "./sketch";
import { lacks, SpeaksOf, words as readWords, type Scope, type Speaks } from "./words";
import styles from "./Builder.module.css";

type Checked = Schemas["Checked"];
type Flaw = Schemas["Flaw"];

interface Props {
  value: string;
  onChange: (text: string, readable: boolean, reprinted?: boolean) => void;
  /** What the rule is called for who can't see it; also the label of the sentence. */
  label?: string;
  /** Over an event's properties alone, as a trigger's `where` is. */
  where?: boolean;
  /** The event that `where` is about, or that the journey begins with. */
  event?: { kind: string; name: string };
  /** Offers what only a journey knows: `since entry`, `event.…`. */
  inJourney?: boolean;
  /** An empty rule is allowed, and means this. */
  empty?: string;
  readOnly?: boolean;
  /** The sentence is folded away until it is asked for. */
  folded?: boolean;
}

export function RuleBuilder({ value, onChange, label = "Rule", where = false, event, inJourney = false, empty, readOnly = false, folded = false }: Props) {
  const names = useQuery(readWords(standing.workspace));
  const [root, setRoot] = useState<Group>(() => group());
  const [text, setText] = useState(value);
  const [answer, setAnswer] = useState<Checked | null>(null);
  const [wrong, setWrong] = useState<Map<string, string>>(new Map());
  const [own, setOwn] = useState<Map<string, string>>(new Map());
  const [stale, setStale] = useState(value.trim() !== "");
  const [lost, setLost] = useState("");
  const [open, setOpen] = useState(!folded);
  const frame = useRef<HTMLDivElement>(null);
  const mine = useRef<string | null>(null);
  const asking = useRef<AbortController | null>(null);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = useRef(onChange);
  useEffect(() => { tell.current = onChange; });
  useEffect(() => () => { clearTimeout(waiting.current); asking.current?.abort(); }, []);

  /** Asks the server a moment after the last change; an older question is given up. */
  const ask = (wait: number, question: (signal: AbortSignal) => Promise<Checked>, then: (said: Checked) => void) => {
    clearTimeout(waiting.current);
    asking.current?.abort();
    const own = (asking.current = new AbortController());
    waiting.current = setTimeout(() => {
      question(own.signal).then((said) => { if (!own.signal.aborted) { setLost(""); then(said); } }, (error: Error) => { if (!own.signal.aborted) setLost(error.message); });
    }, wait);
  };

  const read = (typed: string, wait: number) => {
    if (!typed.trim()) {
      clearTimeout(waiting.current);
      asking.current?.abort();
      setRoot(group());
      setStale(false);
      setAnswer(null);
      return;
    }
    setStale(true);
    ask(wait, (signal) => data(api.POST("/api/rules/check", { body: { rule: typed, where }, signal })), (said) => {
      setAnswer(said);
      setWrong(new Map());
      if (!said.tree) return;
      const made = fromTree(said.tree, new Map(said.clauses.map((each) => [each.path, each.text])));
      setRoot(made);
      learn(made, said);
      setStale(false);
      if (!said.problems.length) say(typed, true);
    });
  };

  const learn = (drawn: Group, said: Checked) => {
    setOwn(spoken(drawn, new Map(said.clauses.map((each) => [each.path, each.text]))));
    setWrong(faults(new Map(printed(drawn)), said.problems));
  };

  useEffect(() => {
    if (value === mine.current) return;
    mine.current = value;
    setText(value);
    read(value, 0);
  }, [value, where]); // eslint-disable-line react-hooks/exhaustive-deps

  const say = (next: string, readable: boolean, reprinted = false) => {
    mine.current = next;
    tell.current(next, readable, reprinted);
  };

  const draw = (next: Group, wait = 200) => {
    setRoot(next);
    if (!next.of.length) {
      clearTimeout(waiting.current);
      asking.current?.abort();
      setText("");
      setAnswer(null);
      setWrong(new Map());
      say("", empty !== undefined);
      return;
    }
    if (incomplete(next)) {
      clearTimeout(waiting.current);
      asking.current?.abort();
      return;
    }
    const { sketch, keys } = toSketch(next);
    ask(wait, (signal) => data(api.POST("/api/rules/print", { body: { sketch, where }, signal })), (said) => {
      setAnswer(said.text === null ? null : said);
      if (said.text === null) return setWrong(faults(keys, said.problems));
      learn(next, said);
      setText(said.text);
      say(said.text, said.problems.length === 0);
    });
  };

  /** Goes to a clause's first field, or to what adds one; after the menu has given the focus back to its button, which it does in 10 ms. */
  const focus = (key: string, to: "field" | "add" = "field") => {
    const at = to === "add" ? [`[data-add="${key}"]`] : ["[data-first]", "textarea", "input"].map((each) => `[data-node="${key}"] ${each}`);
    setTimeout(() => at.map((each) => frame.current?.querySelector<HTMLElement>(each)).find(Boolean)?.focus(), 40);
  };

  const edits: Edits = {
    change: (key, by) => draw(changed(root, key, by)),
    move: (key, by) => {
      const at = document.activeElement;
      draw(moved(root, key, by), 0);
      requestAnimationFrame(() => (at instanceof HTMLElement && at.isConnected ? at.focus() : focus(key)));
    },
    add: (key, node) => {
      draw(changed(root, key, (now) => ({ ...(now as Group), of: [...(now as Group).of, node] })));
      focus(isGroup(node) ? node.of[0]!.key : node.key);
    },
    remove: (key) => {
      const around = parentOf(root, key);
      draw(changed(root, key, () => null), 0);
      if (around) focus(around.key, "add");
      told("Condition removed.", () => draw(root, 0));
    },
    copy: (key) => {
      let made = "";
      draw(changed(root, key, (now) => { const again = copied(now); made = again.key; return [now, again]; }));
      focus(made);
    },
  };

  const scope: Scope = useMemo(() => (where ? { over: "event", kind: event?.kind, name: event?.name } : { over: "person" }), [where, event?.kind, event?.name]);
  const missing = incomplete(root);
  const shown = useMemo(() => {
    const all = new Map(wrong);
    for (const [key, says] of missing ?? []) all.set(key, says);
    return all;
  }, [wrong, missing]);
  const speaks: Speaks = { words: names.data, scope, event: where ? undefined : event, inJourney, wrong: quiet(shown, missing), own, readOnly: readOnly || stale };
  const flaw = answer?.problems.find((each) => each.line > 0);
  const loading = stale && !answer && !lost;
  return (
    <SpeaksOf.Provider value={speaks}>
    <div ref={frame} className={styles.frame}>
      <div className={clsx(stale && !loading && styles.stale)} aria-busy={stale}>
        {root.of.length > 0 ? <GroupBox node={root} edits={edits} depth={0} said={`${label}: conditions`} />
          : !loading && (
            <>
              <Text size="sm" c="dimmed" mb={6}>{stale ? "The conditions are drawn as soon as the sentence can be read." : (empty ?? "No conditions yet: say who is meant.")}</Text>
              {!readOnly && !stale && <GroupBox node={root} edits={edits} depth={0} said={`${label}: conditions`} />}
            </>
          )}
        {stale && answer && root.of.length > 0 && <Text size="xs" c="dimmed" mt={6}>The conditions follow as soon as the sentence can be read.</Text>}
      </div>
      {missing && <Text size="xs" c="dimmed" role="status">{[...missing.values()][0]} Until then the rule stays as the sentence says.</Text>}
      {!stale && !missing && (answer?.hints ?? []).length > 0 && <Hints of={answer!.hints!} />}
      {lost && <Text size="xs" c="red" role="alert">{lost}</Text>}
      {folded && <div><Button size="compact-xs" variant="subtle" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the sentence" : "As a sentence"}</Button></div>}
      <Collapse expanded={open}>
        <Textarea label="As a sentence" aria-label={`${label}, as a sentence`} autosize minRows={2} spellCheck={false} readOnly={readOnly} value={text} placeholder={empty && 'plan = "pro"'} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" }, label: { fontSize: "0.75rem", fontWeight: 500, color: "var(--quiet)" } }}
          error={flaw && <>{`Line ${flaw.line}, column ${flaw.column}: `}{saysFlaw(flaw)}</>}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            setText(typed);
            say(typed, false);
            read(typed, 250);
          }}
          onBlur={() => { if (answer?.text && !stale && text !== answer.text) { setText(answer.text); say(answer.text, answer.problems.length === 0, true); } }} />
      </Collapse>
    </div>
    </SpeaksOf.Provider>
  );
}

/** What the rule speaks of and nobody saw here yet: it may come, and is most often a slip of the pen. */
function Hints({ of }: { of: Flaw[] }) {
  return (
    <div role="status" className={styles.hints}>
      <IconAlertTriangle size={14} aria-hidden />
      <div>{of.map((each) => <Text key={each.message} size="xs">{saysFlaw(each)}</Text>)}</div>
    </div>
  );
}

/** What clauses still lack, by their keys; null where nothing. */
function incomplete(root: Group): Map<string, string> | null {
  const found = new Map<string, string>();
  const walk = (node: Node) => {
    if (isGroup(node)) {
      node.of.forEach(walk);
      if (!node.of.length) found.set(node.key, "Add a condition to the group, or remove it.");
      return;
    }
    const says = node.own === null ? lacks(node.clause) : "";
    if (says) found.set(node.key, says);
    if (node.where) walk(node.where);
  };
  root.of.forEach(walk);
  return found.size ? found : null;
}

/** What only lacks something is told once below, and not as a fault. */
function quiet(all: Map<string, string>, missing: Map<string, string> | null): Map<string, string> {
  return new Map([...all].filter(([key]) => !missing?.has(key)));
}

function faults(keys: Map<string, string>, problems: Flaw[]): Map<string, string> {
  return new Map(problems.filter((each) => each.path !== "" || !each.line).map((each) => [keyAt(keys, each.path), saysFlaw(each)]));
}

