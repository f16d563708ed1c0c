/** A message drawn as blocks: dragged or moved by keys, its words written in place, its looks and conditions set beside it. */
import { ActionIcon, Alert, Button, Group, SimpleGrid, Stack, Text, Title, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconAlignLeft, IconArrowAutofitHeight, IconArrowBackUp, IconArrowDown, IconArrowForwardUp, IconArrowUp, IconCode, IconColumns2, IconCopy, IconHeading, IconLayoutBottombar, IconPhoto, IconSeparatorHorizontal, IconSquareRoundedArrowRight, IconTrash, IconUsers, type Icon } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState, type DragEvent, type KeyboardEvent, type RefObject } from "react";
import type { Variable } from "./Code";
import { BlockView, CALLED, CARRIED, RowView, type Acts, type Over } from "./Block";
import { copy, find, footer, fresh, freshRow, insert, move, placeBeside, placeOf, remove, rowOf, setContent, social, step, type Node, type Place } from "./blocks";
import { begin, edit, redo, undo, type History } from "../drafts/past";
import { Looks } from "./Looks";
import { nodesOf, read, Unreadable, write, writeOne, type Block, type Message, type Row } from "./mjml";
import "./design.css";

const PALETTE = ["heading", "text", "button", "image", "divider", "spacer", "columns", "social", "footer", "html"] as const;
type New = (typeof PALETTE)[number];
const OFFERED: Record<New, string> = { heading: "Heading", text: "Text", button: "Button", image: "Image", divider: "Line", spacer: "Space", columns: "Columns", social: "Social links", footer: "Footer", html: "HTML" };
const DRAWN: Record<New, Icon> = { heading: IconHeading, text: IconAlignLeft, button: IconSquareRoundedArrowRight, image: IconPhoto, divider: IconSeparatorHorizontal, spacer: IconArrowAutofitHeight, columns: IconColumns2, social: IconUsers, footer: IconLayoutBottombar, html: IconCode };

function begun(kind: New): Block | Row {
  if (kind === "columns") return freshRow([[fresh("text")], [fresh("text")]]);
  return kind === "social" ? social() : kind === "footer" ? footer() : fresh(kind);
}

/** What can be undone and done again, kept by whoever shows this, so that it outlasts it; and the text of what was shown last. */
export type Steps = { history: History<Message>; body: string } | null;

interface Props { workspace: string; body: string; steps: RefObject<Steps>; variables: readonly Variable[]; readOnly: boolean; onChange: (body: string) => void; toCode: () => void }

interface State { body: string; message: Message | null; fault: string }

function opened(body: string): State {
  try {
    return { body, message: read(body), fault: "" };
  } catch (error) {
    if (error instanceof Unreadable) return { body, message: null, fault: `line ${body.slice(0, error.at).split("\n").length} of the body: ${error.message}` };
    throw error;
  }
}

export function Design({ workspace, body, steps, variables, readOnly, onChange, toCode }: Props) {
  const [state, setState] = useState(() => opened(body));
  const [chosen, setChosen] = useState(0);
  const [over, setOver] = useState<Over | null>(null);
  const [said, setSaid] = useState("");
  const [turn, setTurn] = useState(0);
  const page = useRef<HTMLDivElement>(null);
  if (state.body !== body) setState(opened(body));
  const { message } = state;
  useEffect(() => {
    if (!message) return;
    const before = steps.current;
    if (!before) steps.current = { history: begin(message), body };
    else if (before.body !== body) {  // changed elsewhere since
      steps.current = { history: edit(before.history, message, "", Date.now()), body };
      setTurn((last) => last + 1);
    }
  }, [steps, body, message]);
  const known = useCallback((path: string) => variables.find((each) => each.path === path)?.example || undefined, [variables]);
  const show = (history: History<Message>, words: string) => {
    const text = write(history.now);
    steps.current = { history, body: text };
    setState({ body: text, message: history.now, fault: "" });
    onChange(text);
    setSaid(words);
  };
  /** Changes with one `mark`, one soon after another, are one step of undo. */
  const change = (next: Message, words = "", mark = "") => {
    if (next !== message && steps.current && !readOnly) show(edit(steps.current.history, next, mark, Date.now()), words);
  };
  const again = (turned: (history: History<Message>) => History<Message>, words: string) => {
    const history = steps.current?.history;
    const next = history && turned(history);
    if (!next || next === history || readOnly) return;
    const held = page.current?.contains(document.activeElement);
    show(next, words);
    setTurn(turn + 1);
    // what had the focus may be gone; whoever works by keys stays in the message
    if (held) requestAnimationFrame(() => { if (!page.current?.contains(document.activeElement)) page.current?.focus(); });
  };
  const back = () => again(undo, "Undone");
  const forth = () => again(redo, "Done again");
  useHotkeys([["mod+Z", back], ["mod+shift+Z", forth], ["mod+Y", forth]]);
  const node = message && chosen ? find(message, chosen) : null;
  const focus = (wanted: number) => { setChosen(wanted); requestAnimationFrame(() => page.current?.querySelector<HTMLElement>(`[data-key="${wanted}"]`)?.focus()); };
  const put = (made: readonly (Block | Row)[], says: string, beside = node) => {
    if (!message || !made.length) return;
    let next = message, last = beside;
    for (const each of made) {
      next = insert(next, each, placeBeside(next, last, each));
      last = each;
    }
    change(next, says);
    focus(made.at(-1)!.key);
  };
  // a footer stands below everything
  const add = (kind: New) => put([begun(kind)], `${OFFERED[kind]} added`, kind === "footer" ? null : node);
  const stepped = (wanted: number, by: 1 | -1) => { if (message) change(step(message, wanted, by), by > 0 ? "Moved down" : "Moved up"); focus(wanted); };
  const doubled = (wanted: number) => { const made = message && copy(message, wanted); if (made) { change(made.message, "Duplicated"); focus(made.key); } };
  const removed = (wanted: number, says = "Deleted") => {
    if (!message) return;
    const all = [...(page.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];
    const next = all[all.findIndex((each) => each.dataset.key === String(wanted)) + 1]?.dataset.key;
    change(remove(message, wanted), says);
    if (next) focus(Number(next)); else setChosen(0);
  };
  const choose = (wanted: number) => setChosen(wanted);
  const press = (event: KeyboardEvent<HTMLElement>, wanted: number) => {
    const target = event.target as HTMLElement;
    if (target !== event.currentTarget || readOnly) return;
    const act: Record<string, () => void> = {
      Delete: () => removed(wanted), Backspace: () => removed(wanted), Escape: () => setChosen(0),
      Enter: () => { setChosen(wanted); requestAnimationFrame(() => target.querySelector<HTMLElement>("[contenteditable=true],textarea")?.focus()); },
    };
    let run = act[event.key];
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) run = () => stepped(wanted, event.key === "ArrowDown" ? 1 : -1);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") run = () => doubled(wanted);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      run = () => {
        const all = [...(page.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];
        all[all.indexOf(target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
      };
    }
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  const hover = (event: DragEvent<HTMLElement>, wanted: number) => {
    event.preventDefault();
    event.stopPropagation();
    const box = event.currentTarget.getBoundingClientRect();
    const side = event.clientY > box.top + box.height / 2 ? "after" : "before";
    setOver((now) => (now?.key === wanted && now.side === side ? now : { key: wanted, side }));
  };
  const drop = (event: DragEvent<HTMLElement>, wanted: number, kind: Node["kind"]) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(null);
    if (!message) return;
    const carried = event.dataTransfer.getData(CARRIED);
    const made = carried.startsWith("new:") ? begun(carried.slice(4) as New) : null;
    const what = made ?? find(message, Number(carried));
    const at = kind === "column" ? null : placeOf(message, wanted);
    const after = over?.side === "after" ? 1 : 0;
    if (!what || (!made && what.key === wanted)) return;
    let place: Place;
    if (kind === "column") place = { column: wanted, at: 0 };
    else if (!at) return;
    else if ("row" in at) place = { row: at.row + after };
    else if (what.kind === "row") place = { row: rowOf(message, at.column) + after };
    else place = { column: at.column, at: at.at + after };
    change(made ? insert(message, made, place) : move(message, what.key, place), made ? "Added" : "Moved");
    focus(what.key);
  };
  const dropBelow = (event: DragEvent) => {
    const carried = event.dataTransfer.getData(CARRIED);
    event.preventDefault();
    setOver(null);
    if (message && carried.startsWith("new:")) change(insert(message, begun(carried.slice(4) as New), { row: message.rows.length }), "Added");
  };
  const rewrite = (wanted: number, content: string) => {
    const kind = message && find(message, wanted)?.kind;
    if (message) change(setContent(message, wanted, kind === "heading" ? content.replace(/<\/?p>/g, "").trim() : content), "", `words ${wanted}`);
  };
  /** A node goes to the clipboard as MJML, and MJML comes from it, also into another message. Words and fields have the clipboard to themselves. */
  const clip = (event: ClipboardEvent) => {
    const at = page.current?.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    if (!message || !at || !(at === page.current || at.dataset.key) || !getSelection()?.isCollapsed) return;
    const held = find(message, Number(at.dataset.key));
    if (event.type === "paste") {
      const nodes = readOnly ? null : nodesOf(event.clipboardData?.getData("text/plain") ?? "");
      if (!nodes) return;
      put(nodes, "Pasted", held);
    } else if (held && held.kind !== "column") {
      event.clipboardData?.setData("text/plain", writeOne(held));
      if (event.type === "cut" && !readOnly) removed(held.key, "Cut"); else setSaid("Copied");
    } else return;
    event.preventDefault();
  };
  const acts = useRef<Acts>(null!);
  useEffect(() => { acts.current = { choose, press, hover, drop, write: rewrite }; });
  const clips = useRef(clip);
  useEffect(() => { clips.current = clip; });
  useEffect(() => {
    const heard = (event: ClipboardEvent) => clips.current(event);
    const kinds = ["copy", "cut", "paste"] as const;
    for (const kind of kinds) document.addEventListener(kind, heard);
    return () => { for (const kind of kinds) document.removeEventListener(kind, heard); };
  }, []);
  if (!message) {
    return (
      <Alert variant="light" color="yellow" title="This can't be drawn as blocks">
        <Text size="sm">{state.fault}. It stays as it is written; mend it as code, and it can be drawn again.</Text>
        <Button mt="sm" size="xs" variant="default" onClick={toCode}>Edit as code</Button>
      </Alert>
    );
  }
  const drawn = { readOnly, turn, variables, known, acts };
  const within = (node: Row | Block) => (key: number) => (key && find({ rows: [node] }, key) ? key : 0);
  return (
    <div className="design">
      <div>
        <Group gap={4} mb="xs" justify="space-between">
          <Group gap={4}>
            <Tool label="Undo (Ctrl Z)" off={readOnly || !steps.current?.history.before.length} run={back}><IconArrowBackUp size={17} /></Tool>
            <Tool label="Redo (Ctrl Shift Z)" off={readOnly || !steps.current?.history.after.length} run={forth}><IconArrowForwardUp size={17} /></Tool>
          </Group>
          {node && node.kind !== "column" && !readOnly && (
            <Group gap={4} role="toolbar" aria-label={`The ${CALLED[node.kind].toLowerCase()}`}>
              <Tool label="Move up (Alt ↑)" run={() => stepped(node.key, -1)}><IconArrowUp size={17} /></Tool>
              <Tool label="Move down (Alt ↓)" run={() => stepped(node.key, 1)}><IconArrowDown size={17} /></Tool>
              <Tool label="Duplicate (Ctrl D)" run={() => doubled(node.key)}><IconCopy size={17} /></Tool>
              <Tool label="Delete (Del)" run={() => removed(node.key)}><IconTrash size={17} /></Tool>
            </Group>
          )}
        </Group>
        <div ref={page} tabIndex={-1} className="design-page" role="group" aria-label="The message, as blocks" onClick={() => setChosen(0)} onDragLeave={(event) => event.target === event.currentTarget && setOver(null)}
          onDragOver={(event) => event.preventDefault()} onDrop={dropBelow}>
          {message.rows.length === 0 && <div className="design-empty">Add a first block from the list.</div>}
          {message.rows.map((each) => {
            const has = within(each);
            const now = { ...drawn, chosen: has(chosen), over: over && has(over.key) ? over : null };
            return each.kind === "row" ? <RowView key={each.key} row={each} {...now} /> : <BlockView key={each.key} block={each} {...now} />;
          })}
        </div>
        <Text size="xs" c="dimmed" mt={6}>Click a block to change it; drag it, or press Alt with an arrow key, to move it. What stands around the message comes from its layout.</Text>
        <div role="status" aria-live="polite" className="design-said" style={{ position: "absolute", left: -9999 }}>{said}</div>
      </div>
      <Stack gap="md">
        {!readOnly && (
          <section aria-label="Add a block">
            <Title order={2} mb={6}>Add</Title>
            <SimpleGrid cols={2} spacing={6}>
              {PALETTE.map((kind) => {
                const Drawn = DRAWN[kind];
                return <Button key={kind} size="xs" variant="default" justify="flex-start" px={10} leftSection={<Drawn size={15} />} draggable onDragStart={(event) => event.dataTransfer.setData(CARRIED, `new:${kind}`)} onClick={() => add(kind)}>{OFFERED[kind]}</Button>;
              })}
            </SimpleGrid>
          </section>
        )}
        {node && !readOnly && <Looks key={node.key} workspace={workspace} node={node} message={message} variables={variables} known={known} change={(next, field) => change(next, "", field && `${field} ${node.key}`)} />}
      </Stack>
    </div>
  );
}

function Tool({ label, off = false, run, children }: { label: string; off?: boolean; run: () => void; children: React.ReactNode }) {
  return <Tooltip label={label}><ActionIcon variant="subtle" color="gray" size={30} aria-label={label} disabled={off} onClick={(event) => { event.stopPropagation(); run(); }}>{children}</ActionIcon></Tooltip>;
}

