/** A message drawn as blocks: dragged or moved by keys, its words written in place, its looks and conditions set beside it. */
import { ActionIcon, Alert, Autocomplete, Button, Group, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput, Title, Tooltip } from "@mantine/core";
import { IconAlignLeft, IconArrowAutofitHeight, IconArrowBackUp, IconArrowDown, IconArrowForwardUp, IconArrowUp, IconCode, IconColumns2, IconCopy, IconHeading, IconLayoutBottombar, IconPhoto, IconSeparatorHorizontal, IconSquareRoundedArrowRight, IconTrash, IconUsers, type Icon } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useRef, useState, type CSSProperties, type DragEvent, type KeyboardEvent, type RefObject } from "react";
import type { Variable } from "./Code";
import { copy, find, footer, fresh, freshRow, insert, move, placeOf, remove, setAttribute, setColumns, setCondition, setContent, setLevel, social, step, type Node, type Place } from "./blocks";
import { read, Unreadable, write, type Block, type Message, type Row } from "./mjml";
import { Shown } from "./Shown";
import { nameIn, named, type Asset } from "../assets/assets";
import { meantAddress } from "../ui/address";
import { filled } from "./words";
import "./design.css";

const Pick = lazy(() => import("../assets/Pick").then((module) => ({ default: module.Pick })));
const Words = lazy(() => import("./Words").then((module) => ({ default: module.Words })));

const CALLED: Record<Node["kind"], string> = { heading: "Heading", text: "Text", image: "Image", button: "Button", divider: "Line", spacer: "Space", html: "HTML", code: "Code", row: "Row", column: "Column" };
const PALETTE = ["heading", "text", "button", "image", "divider", "spacer", "columns", "social", "footer", "html"] as const;
type New = (typeof PALETTE)[number];
const OFFERED: Record<New, string> = { heading: "Heading", text: "Text", button: "Button", image: "Image", divider: "Line", spacer: "Space", columns: "Columns", social: "Social links", footer: "Footer", html: "HTML" };
const DRAWN: Record<New, Icon> = { heading: IconHeading, text: IconAlignLeft, button: IconSquareRoundedArrowRight, image: IconPhoto, divider: IconSeparatorHorizontal, spacer: IconArrowAutofitHeight, columns: IconColumns2, social: IconUsers, footer: IconLayoutBottombar, html: IconCode };

function begun(kind: New): Block | Row {
  if (kind === "columns") return freshRow([[fresh("text")], [fresh("text")]]);
  return kind === "social" ? social() : kind === "footer" ? footer() : fresh(kind);
}

/** What can be undone and done again, kept by whoever shows this, so that it outlasts it; and what was shown last. */
export interface Steps { past: Message[]; future: Message[]; last: { body: string; message: Message } | null }

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
  const [over, setOver] = useState<{ key: number; side: "before" | "after" } | null>(null);
  const [said, setSaid] = useState("");
  const [turn, setTurn] = useState(0);
  const page = useRef<HTMLDivElement>(null);
  if (state.body !== body) setState(opened(body));
  const { message } = state;
  useEffect(() => {
    const { last, past } = steps.current;
    if (!message) return;
    if (last && last.body !== body) {  // changed elsewhere since
      steps.current = { past: [...past, last.message], future: [], last: null };
      setTurn((before) => before + 1);
    }
    steps.current.last = { body, message };
  }, [steps, body, message]);
  if (!message) {
    return (
      <Alert variant="light" color="yellow" title="This can't be drawn as blocks">
        <Text size="sm">{state.fault}. It stays as it is written; mend it as code, and it can be drawn again.</Text>
        <Button mt="sm" size="xs" variant="default" onClick={toCode}>Edit as code</Button>
      </Alert>
    );
  }
  const known = (path: string) => variables.find((each) => each.path === path)?.example || undefined;
  const show = (next: Message) => {
    const text = write(next);
    setState({ body: text, message: next, fault: "" });
    onChange(text);
  };
  const change = (next: Message, words = "") => {
    if (next === message || readOnly) return;
    steps.current = { past: [...steps.current.past.slice(-99), message], future: [], last: null };
    show(next);
    setSaid(words);
  };
  const again = (from: "past" | "future", to: "past" | "future") => {
    const next = steps.current[from].at(-1);
    if (!next) return;
    steps.current = { ...steps.current, [from]: steps.current[from].slice(0, -1), [to]: [...steps.current[to], message], last: null };
    show(next);
    setTurn(turn + 1);
  };
  const node = chosen ? find(message, chosen) : null;
  const focus = (wanted: number) => { setChosen(wanted); requestAnimationFrame(() => page.current?.querySelector<HTMLElement>(`[data-key="${wanted}"]`)?.focus()); };
  const add = (kind: New) => {
    const made = begun(kind);
    const beside = kind === "footer" ? null : node; // a footer stands below everything
    const at = beside && placeOf(message, beside.key);
    const last = message.rows.at(-1);
    const end = last?.kind === "row" && last.columns.length === 1 && !last.condition ? last.columns[0] : undefined;
    let place: Place = end && made.kind !== "row" ? { column: end.key, at: end.blocks.length } : { row: message.rows.length };
    if (at && made.kind === "row") place = { row: "row" in at ? at.row + 1 : message.rows.findIndex((row) => row.kind === "row" && row.columns.some((column) => column.key === at.column)) + 1 };
    else if (at && !("row" in at)) place = { column: at.column, at: at.at + 1 };
    else if (beside?.kind === "column") place = { column: beside.key, at: beside.blocks.length };
    else if (beside?.kind === "row") place = { column: beside.columns[0]!.key, at: beside.columns[0]!.blocks.length };
    change(insert(message, made, place), `${OFFERED[kind]} added`);
    focus(made.key);
  };
  const stepped = (wanted: number, by: 1 | -1) => { change(step(message, wanted, by), by > 0 ? "Moved down" : "Moved up"); focus(wanted); };
  const copied = (wanted: number) => { const made = copy(message, wanted); if (made) { change(made.message, "Copied"); focus(made.key); } };
  const removed = (wanted: number) => {
    const all = [...(page.current?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];
    const next = all[all.findIndex((each) => each.dataset.key === String(wanted)) + 1]?.dataset.key;
    change(remove(message, wanted), "Deleted");
    if (next) focus(Number(next)); else setChosen(0);
  };
  const press = (event: KeyboardEvent<HTMLElement>, wanted: number) => {
    const target = event.target as HTMLElement;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z" && !target.closest("[contenteditable=true],textarea,input")) {
      event.preventDefault();
      if (event.shiftKey) again("future", "past"); else again("past", "future");
      return;
    }
    if (target !== event.currentTarget || readOnly) return;
    const act: Record<string, () => void> = {
      Delete: () => removed(wanted), Backspace: () => removed(wanted), Escape: () => setChosen(0),
      Enter: () => { setChosen(wanted); requestAnimationFrame(() => target.querySelector<HTMLElement>("[contenteditable=true],textarea")?.focus()); },
    };
    let run = act[event.key];
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) run = () => stepped(wanted, event.key === "ArrowDown" ? 1 : -1);
    else if (command && event.key.toLowerCase() === "d") run = () => copied(wanted);
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
  const drop = (event: DragEvent, wanted: number, kind: Node["kind"]) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(null);
    const carried = event.dataTransfer.getData("text/tidings-block");
    const made = carried.startsWith("new:") ? begun(carried.slice(4) as New) : null;
    const what = made ?? find(message, Number(carried));
    const at = kind === "column" ? null : placeOf(message, wanted);
    const after = over?.side === "after" ? 1 : 0;
    if (!what || (!made && what.key === wanted)) return;
    let place: Place;
    if (kind === "column") place = { column: wanted, at: 0 };
    else if (!at) return;
    else if ("row" in at) place = { row: at.row + after };
    else if (what.kind === "row") place = { row: message.rows.findIndex((row) => row.kind === "row" && row.columns.some((column) => column.key === at.column)) + after };
    else place = { column: at.column, at: at.at + after };
    change(made ? insert(message, made, place) : move(message, what.key, place), made ? "Added" : "Moved");
    focus(what.key);
  };
  const frame = (each: Node, name: string) => ({
    "data-key": each.key, "data-chosen": each.key === chosen || undefined, "data-over": over?.key === each.key ? over.side : undefined,
    role: "group", tabIndex: 0, "aria-label": name, draggable: !readOnly && each.key !== chosen && each.kind !== "column",
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => press(event, each.key),
    // by keys alone: a block that is changed between press and release of the mouse would lose the click
    onFocus: (event: React.FocusEvent) => { if (event.target === event.currentTarget && event.target.matches(":focus-visible")) setChosen(each.key); },
    onClick: (event: React.MouseEvent) => { event.stopPropagation(); setChosen(each.key); },
    onDragStart: (event: DragEvent) => { event.stopPropagation(); event.dataTransfer.setData("text/tidings-block", String(each.key)); event.dataTransfer.effectAllowed = "move"; },
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      const box = event.currentTarget.getBoundingClientRect();
      setOver({ key: each.key, side: event.clientY > box.top + box.height / 2 ? "after" : "before" });
    },
    onDrop: (event: DragEvent) => drop(event, each.key, each.kind),
  });
  const block = (each: Block) => (
    <div key={each.key} className="design-node design-block" style={boxed(each, known)} {...frame(each, `${CALLED[each.kind]}${each.condition ? ", only sometimes" : ""}`)}>
      {each.condition && <span className="design-if">if {each.condition}</span>}
      {each.key === chosen && !readOnly && (each.kind === "text" || each.kind === "heading") ? (
        <Suspense fallback={<Shown content={each.content} known={known} />}>
          <Words key={`${each.key} ${turn}`} content={each.content} label={`Words of the ${CALLED[each.kind].toLowerCase()}`} variables={variables} known={known}
            onChange={(content) => change(setContent(message, each.key, each.kind === "heading" ? content.replace(/<\/?p>/g, "").trim() : content))} />
        </Suspense>
      ) : <Look block={each} known={known} />}
    </div>
  );
  return (
    <div className="design">
      <div>
        <Group gap={4} mb="xs" justify="space-between">
          <Group gap={4}>
            <Tool label="Undo" off={readOnly || !steps.current.past.length} run={() => again("past", "future")}><IconArrowBackUp size={17} /></Tool>
            <Tool label="Redo" off={readOnly || !steps.current.future.length} run={() => again("future", "past")}><IconArrowForwardUp size={17} /></Tool>
          </Group>
          {node && node.kind !== "column" && !readOnly && (
            <Group gap={4} role="toolbar" aria-label={`The ${CALLED[node.kind].toLowerCase()}`}>
              <Tool label="Move up (Alt ↑)" run={() => stepped(node.key, -1)}><IconArrowUp size={17} /></Tool>
              <Tool label="Move down (Alt ↓)" run={() => stepped(node.key, 1)}><IconArrowDown size={17} /></Tool>
              <Tool label="Duplicate (Ctrl D)" run={() => copied(node.key)}><IconCopy size={17} /></Tool>
              <Tool label="Delete (Del)" run={() => removed(node.key)}><IconTrash size={17} /></Tool>
            </Group>
          )}
        </Group>
        <div ref={page} className="design-page" role="group" aria-label="The message, as blocks" onClick={() => setChosen(0)} onDragLeave={(event) => event.target === event.currentTarget && setOver(null)}
          onDragOver={(event) => event.preventDefault()} onDrop={(event) => { const carried = event.dataTransfer.getData("text/tidings-block"); event.preventDefault(); setOver(null); if (carried.startsWith("new:")) change(insert(message, begun(carried.slice(4) as New), { row: message.rows.length }), "Added"); }}>
          {message.rows.length === 0 && <div className="design-empty">Add a first block from the list.</div>}
          {message.rows.map((each) => each.kind !== "row" ? block(each) : (
            <div key={each.key} className="design-node design-row" style={{ background: paint(each.attributes["background-color"], known) ?? "#fff", borderRadius: each.attributes["border-radius"] }} {...frame(each, `Row of ${each.columns.length === 1 ? "one column" : `${each.columns.length} columns`}`)}>
              {each.condition && <span className="design-if">if {each.condition}</span>}
              {each.columns.map((column) => (
                <div key={column.key} className="design-column" style={{ background: paint(column.attributes["background-color"], known), flexBasis: column.attributes.width }}>
                  {column.blocks.map(block)}
                  {column.blocks.length === 0 && <div className="design-node design-empty" {...frame(column, "Empty column")}>Drop something here</div>}
                </div>
              ))}
            </div>
          ))}
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
                return <Button key={kind} size="xs" variant="default" justify="flex-start" px={10} leftSection={<Drawn size={15} />} draggable onDragStart={(event) => event.dataTransfer.setData("text/tidings-block", `new:${kind}`)} onClick={() => add(kind)}>{OFFERED[kind]}</Button>;
              })}
            </SimpleGrid>
          </section>
        )}
        {node && !readOnly && <Looks key={node.key} workspace={workspace} node={node} message={message} variables={variables} change={change} />}
      </Stack>
    </div>
  );
}

function Tool({ label, off = false, run, children }: { label: string; off?: boolean; run: () => void; children: React.ReactNode }) {
  return <Tooltip label={label}><ActionIcon variant="subtle" color="gray" size={30} aria-label={label} disabled={off} onClick={(event) => { event.stopPropagation(); run(); }}>{children}</ActionIcon></Tooltip>;
}

type Known = (path: string) => string | undefined;

function paint(value: string | undefined, known: Known): string | undefined {
  const colour = value && filled(value, known);
  return colour && /^(#[0-9a-f]{3,8}|[a-z]+|rgba?\([\d., %]+\))$/i.test(colour) ? colour : undefined;
}

function boxed(block: Block, known: Known): CSSProperties {
  const of = block.attributes;
  const heading = { 1: 26, 2: 20, 3: 17 }[block.level];
  return {
    padding: of.padding, background: paint(of["container-background-color"], known), color: paint(of.color, known),
    fontSize: of["font-size"] ?? heading, fontWeight: of["font-weight"] ?? (heading ? 700 : undefined), lineHeight: of["line-height"] ?? (heading ? 1.3 : undefined),
    textAlign: (of.align ?? (block.kind === "button" || block.kind === "image" ? "center" : "left")) as CSSProperties["textAlign"],
  };
}

function Look({ block, known }: { block: Block; known: Known }) {
  const of = block.attributes;
  switch (block.kind) {
    case "text": case "heading": return <Shown content={block.content} known={known} />;
    case "button": return <span className="design-button" style={{ background: paint(of["background-color"], known) ?? paint("{{ brand.accent }}", known), color: paint(of.color, known), borderRadius: of["border-radius"], fontSize: of["font-size"] }}><Shown content={block.content} known={known} /></span>;
    case "image": {
      // only our own pictures are loaded into the app, and by their path, wherever mail loads them from
      const own = /^https?:\/\/[^/]+(\/a\/[0-9a-f]{40}\/[\w.%-]+)$/.exec(filled(of.src ?? "", known))?.[1];
      if (own) return <img className="design-picture" src={own} alt={of.alt ?? ""} style={{ width: of.width, borderRadius: of["border-radius"] }} />;
      return <span className="design-image" style={{ width: of.width }}>{of.alt || filled(of.src ?? "", known).split("/").at(-1) || "Choose a picture"}</span>;
    }
    case "divider": return <hr style={{ border: 0, borderTop: `${of["border-width"] ?? "4px"} solid`, borderColor: paint(of["border-color"], known) ?? "#000", margin: 0 }} />;
    case "spacer": return <div style={{ height: of.height ?? "20px" }} />;
    default: return <div className="design-code">{block.content}</div>;
  }
}

const ALIGN = [{ value: "left", label: "Left" }, { value: "center", label: "Middle" }, { value: "right", label: "Right" }];

/** What is set of the chosen node: fields for its kind, and when it is shown. */
function Looks({ workspace, node, message, variables, change }: { workspace: string; node: Node; message: Message; variables: readonly Variable[]; change: (next: Message) => void }) {
  const of = node.attributes;
  const set = (name: string) => (value: string) => change(setAttribute(message, node.key, name, value));
  const words = (name: string, label: string, about = "", placeholder = "") => <TextInput key={name} size="xs" label={label} description={about || undefined} placeholder={placeholder} value={of[name] ?? ""} onChange={(event) => set(name)(event.currentTarget.value)} />;
  const leads = <TextInput key="href" size="xs" label="Leads to" placeholder="https://example.com" value={of.href ?? ""} onChange={(event) => set("href")(event.currentTarget.value)} onBlur={() => { const meant = meantAddress(of.href ?? ""); if (meant !== (of.href ?? "")) set("href")(meant); }} />;
  const colour = (name: string, label: string) => <Autocomplete key={name} size="xs" label={label} placeholder="As the layout says" data={["{{ brand.accent }}", "{{ brand.text }}", "{{ brand.background }}", "#ffffff", "#1f2937", "#6b7280"]} value={of[name] ?? ""} onChange={set(name)} />;
  const pixels = (name: string, label: string, otherwise: number) => <NumberInput key={name} size="xs" label={label} suffix=" px" min={0} max={2000} placeholder={`${otherwise} px`} value={of[name] ? Number.parseFloat(of[name]) : ""} onChange={(value) => set(name)(value === "" ? "" : `${value}px`)} />;
  const align = <div key="align"><Text size="xs" fw={500} mb={2}>Place</Text><SegmentedControl size="xs" fullWidth aria-label="Place" data={ALIGN} value={of.align ?? (node.kind === "button" || node.kind === "image" ? "center" : "left")} onChange={set("align")} /></div>;
  const source = (label: string) => <Textarea key="source" size="xs" label={label} autosize minRows={4} maxRows={14} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} value={"content" in node ? node.content : ""} onChange={(event) => change(setContent(message, node.key, event.currentTarget.value))} />;
  const fields: Record<Node["kind"], () => React.ReactNode> = {
    heading: () => <><Select size="xs" label="Level" data={[{ value: "1", label: "Largest" }, { value: "2", label: "Middle" }, { value: "3", label: "Smallest" }]} value={String("level" in node ? node.level : 1)} onChange={(level) => level && change(setLevel(message, node.key, Number(level)))} />{align}{colour("color", "Colour")}</>,
    text: () => <>{align}{pixels("font-size", "Size", 16)}{colour("color", "Colour")}</>,
    button: () => <><TextInput size="xs" label="Says" value={"content" in node ? node.content : ""} onChange={(event) => change(setContent(message, node.key, event.currentTarget.value.replaceAll("<", "&lt;")))} />{leads}{align}{colour("background-color", "Colour")}{colour("color", "Colour of the words")}{pixels("border-radius", "Round corners", 6)}</>,
    image: () => <><Chosen workspace={workspace} src={of.src ?? ""} take={(asset, says) => change(showing(message, node.key, asset, says))} />{words("src", "Picture", "A picture of yours, or an address on the web", "https://example.com/picture.png")}{words("alt", "In words", "For who does not see it; empty where it only decorates")}{leads}{pixels("width", "Width", 550)}{align}</>,
    divider: () => <>{colour("border-color", "Colour")}{pixels("border-width", "Thickness", 4)}</>,
    spacer: () => pixels("height", "Height", 20),
    html: () => source("HTML"),
    code: () => source("MJML and Liquid"),
    row: () => <><NumberInput size="xs" label="Columns" min={1} max={4} value={node.kind === "row" ? node.columns.length : 1} onChange={(many) => typeof many === "number" && many >= 1 && many <= 4 && change(setColumns(message, node.key, many))} />{colour("background-color", "Background")}{words("padding", "Space around", "", "20px 0")}{pixels("border-radius", "Round corners", 0)}</>,
    column: () => <>{colour("background-color", "Background")}{words("width", "Width", "", "50%")}</>,
  };
  return (
    <section aria-label={`Looks of the ${CALLED[node.kind].toLowerCase()}`}>
      <Title order={2} mb={6}>{CALLED[node.kind]}</Title>
      <Stack gap="xs">
        {fields[node.kind]()}
        {node.kind !== "column" && node.kind !== "code" && <When node={node} message={message} variables={variables} change={change} />}
      </Stack>
    </section>
  );
}

/** A block that shows another picture. One that was just put in is made as wide as the picture, up to what a column of a mail holds. */
function showing(message: Message, wanted: number, asset: Asset, says: string): Message {
  const fresh = find(message, wanted)?.attributes.src === "{{ brand.logo }}";
  const next = setAttribute(setAttribute(message, wanted, "src", named(asset.name)), wanted, "alt", says);
  return fresh ? setAttribute(next, wanted, "width", `${Math.min(asset.width, 550)}px`) : next;
}

/** The picture of an image block: which it is, and the way to another. */
function Chosen({ workspace, src, take }: { workspace: string; src: string; take: (asset: Asset, says: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="light" leftSection={<IconPhoto size={15} />} onClick={() => setOpen(true)}>Choose a picture</Button>
      {open && <Suspense fallback={null}><Pick workspace={workspace} title="Choose a picture" now={nameIn(src)} asks onClose={() => setOpen(false)} onPick={take} /></Suspense>}
    </>
  );
}

function When({ node, message, variables, change }: { node: Row | Block; message: Message; variables: readonly Variable[]; change: (next: Message) => void }) {
  const match = /^([\w.]+)\s*(==|!=|>|<|contains)\s*"?([^"]*?)"?$/.exec(node.condition);
  const [open, setOpen] = useState(false);
  const [path, setPath] = useState(match?.[1] ?? "");
  const [sign, setSign] = useState(match?.[2] ?? "==");
  const [value, setValue] = useState(match?.[3] ?? "");
  const set = (to: string) => change(setCondition(message, node.key, to));
  const build = () => { set(/^-?\d+(\.\d+)?$|^(true|false)$/.test(value) ? `${path} ${sign} ${value}` : `${path} ${sign} "${value.replaceAll('"', "")}"`); setOpen(false); };
  return (
    <>
      <TextInput size="xs" label="Shown only if" description="Left empty: always" placeholder='customer.plan == "pro"' value={node.condition} onChange={(event) => set(event.currentTarget.value.replaceAll("%}", ""))} />
      {!open ? <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>Choose a condition…</Button> : (
        <Stack gap={6}>
          <Select size="xs" aria-label="Value" placeholder="Value" searchable data={variables.map((each) => each.path)} value={path || null} onChange={(to) => setPath(to ?? "")} />
          <Group gap={6} wrap="nowrap">
            <Select size="xs" aria-label="Compares" w={100} data={[{ value: "==", label: "is" }, { value: "!=", label: "is not" }, { value: ">", label: "is more than" }, { value: "<", label: "is less than" }, { value: "contains", label: "contains" }]} value={sign} onChange={(to) => setSign(to ?? "==")} />
            <TextInput size="xs" aria-label="With" flex={1} value={value} placeholder={variables.find((each) => each.path === path)?.example} onChange={(event) => setValue(event.currentTarget.value)} />
          </Group>
          <Button size="xs" variant="default" disabled={!path} onClick={build}>Set the condition</Button>
        </Stack>
      )}
    </>
  );
}
