/** What is done to a message drawn as blocks: put in, taken out, moved, copied, changed. Each gives a new message; the old one is undo. */
import { key, quoted, type Attributes, type Block, type BlockKind, type Column, type Message, type Row } from "./mjml";

export type Node = Row | Column | Block;
/** Where a block goes: into a column at a place, or into a row of its own. */
export type Place = { column: number; at: number } | { row: number };

const FRESH: Record<BlockKind, { attributes: Attributes; content: string; level: number }> = {
  heading: { attributes: {}, content: "A heading", level: 2 },
  text: { attributes: {}, content: "Say it here.", level: 0 },
  button: { attributes: { href: "https://example.com", align: "left" }, content: "Do it now", level: 0 },
  image: { attributes: { src: "{{ brand.logo }}", alt: "", width: "200px" }, content: "", level: 0 },
  divider: { attributes: { "border-width": "1px", "border-color": "#dbe0e6" }, content: "", level: 0 },
  spacer: { attributes: { height: "24px" }, content: "", level: 0 },
  html: { attributes: {}, content: "<!-- HTML -->", level: 0 },
  code: { attributes: {}, content: "<mj-text>MJML</mj-text>", level: 0 },
};

export function fresh(kind: BlockKind): Block {
  return { key: key(), kind, ...FRESH[kind], condition: "", from: null, lead: null };
}

/** Text blocks that come ready: what the law asks for below mail, and where else to find one. */
export function footer(): Block {
  const content = '{{ brand.name }}{% if brand.address %}, {{ brand.address }}{% endif %}<br />\n<a href="{% unsubscribe_url %}">Unsubscribe</a> or <a href="{% manage_subscription_preferences_url %}">choose what you get</a>';
  return { ...fresh("text"), attributes: { "font-size": "13px", "line-height": "20px", color: "#6b7280" }, content };
}

export function social(): Block {
  const content = '<a href="https://www.linkedin.com/company/example">LinkedIn</a> · <a href="https://www.instagram.com/example">Instagram</a> · <a href="https://www.youtube.com/@example">YouTube</a>';
  return { ...fresh("text"), attributes: { align: "center", "font-size": "14px" }, content };
}

export function freshRow(columns: readonly (readonly Block[])[]): Row {
  const made = columns.map((blocks): Column => ({ key: key(), kind: "column", attributes: {}, blocks, open: null, tail: null, lead: null }));
  return { key: key(), kind: "row", attributes: { "background-color": "#ffffff" }, columns: made, condition: "", wrap: null, open: null, tail: null, lead: null };
}

export function find(message: Pick<Message, "rows">, wanted: number): Node | null {
  for (const node of message.rows) {
    if (node.key === wanted) return node;
    if (node.kind !== "row") continue;
    for (const column of node.columns) {
      if (column.key === wanted) return column;
      const block = column.blocks.find((each) => each.key === wanted);
      if (block) return block;
    }
  }
  return null;
}

/** Change one node; null takes it out. What it is not in stays the same object, so that it is not drawn anew. */
function put(message: Message, wanted: number, change: (node: Node) => Node | null): Message {
  const each = <T extends Node>(nodes: readonly T[], inner: (node: T) => T): readonly T[] => {
    const made = nodes.flatMap((node) => (node.key === wanted ? (change(node) as T | null) ?? [] : inner(node)));
    return made.length === nodes.length && made.every((node, n) => node === nodes[n]) ? nodes : made;
  };
  const rows = each(message.rows, (node) => {
    if (node.kind !== "row") return node;
    const columns = each(node.columns, (column) => {
      const blocks = each(column.blocks, (block) => block);
      return blocks === column.blocks ? column : { ...column, blocks };
    });
    return columns === node.columns ? node : { ...node, columns };
  });
  return { ...message, rows: spaced(rows) };
}

/** What stands behind something begins a line of its own. */
function spaced(rows: readonly (Row | Block)[]): (Row | Block)[] {
  return rows.map((node, n) => (n > 0 && node.lead !== null && !node.lead.includes("\n") ? { ...node, lead: null } : node));
}

export function setAttribute(message: Message, wanted: number, name: string, value: string): Message {
  return put(message, wanted, (node) => {
    const attributes = { ...node.attributes };
    if (value) attributes[name] = quoted(value);
    else delete attributes[name];
    if (node.kind === "row" || node.kind === "column") return { ...node, attributes, open: null };
    return { ...node, attributes, from: null };
  });
}

export function setContent(message: Message, wanted: number, content: string): Message {
  return put(message, wanted, (node) => (node.kind === "row" || node.kind === "column" ? node : { ...node, content, from: null }));
}

export function setLevel(message: Message, wanted: number, level: number): Message {
  return put(message, wanted, (node) => (node.kind === "heading" ? { ...node, level, from: null } : node));
}

export function setCondition(message: Message, wanted: number, condition: string): Message {
  return put(message, wanted, (node) => {
    if (node.kind === "row") return { ...node, condition, wrap: null };
    return node.kind === "column" ? node : { ...node, condition, from: null };
  });
}

export function setColumns(message: Message, wanted: number, many: number): Message {
  return put(message, wanted, (node) => {
    if (node.kind !== "row") return node;
    const columns = node.columns.slice(0, many).map((column) => ({ ...column }));
    const rest = node.columns.slice(many).flatMap((column) => column.blocks.map((block) => ({ ...block, lead: null })));
    if (rest.length) columns[many - 1] = { ...columns[many - 1]!, blocks: [...columns[many - 1]!.blocks, ...rest] };
    while (columns.length < many) columns.push({ key: key(), kind: "column", attributes: {}, blocks: [], open: null, tail: null, lead: null });
    return { ...node, columns };
  });
}

export function remove(message: Message, wanted: number): Message {
  return put(message, wanted, () => null);
}

export function insert(message: Message, node: Row | Block, place: Place): Message {
  const made = { ...node, lead: null };
  if ("row" in place || made.kind === "row") {
    const row = made.kind === "row" ? made : freshRow([[made]]);
    const at = "row" in place ? place.row : message.rows.length;
    return { ...message, rows: spaced([...message.rows.slice(0, at), row, ...message.rows.slice(at)]) };
  }
  return put(message, place.column, (column) => (column.kind !== "column" ? column : { ...column, blocks: [...column.blocks.slice(0, place.at), made, ...column.blocks.slice(place.at)] }));
}

/** Where a node stands; null for what is not there. */
export function placeOf(message: Message, wanted: number): Place | null {
  for (const [row, node] of message.rows.entries()) {
    if (node.key === wanted) return { row };
    if (node.kind !== "row") continue;
    for (const column of node.columns) {
      const at = column.blocks.findIndex((block) => block.key === wanted);
      if (at >= 0) return { column: column.key, at };
    }
  }
  return null;
}

/** Which row a column stands in. */
export function rowOf(message: Message, column: number): number {
  return message.rows.findIndex((row) => row.kind === "row" && row.columns.some((each) => each.key === column));
}

/** Where a new node goes: right behind one, into it where it is a column or row, or else at the end. */
export function placeBeside(message: Message, node: Node | null, made: Row | Block): Place {
  const at = node && placeOf(message, node.key);
  if (at && made.kind === "row") return { row: "row" in at ? at.row + 1 : rowOf(message, at.column) + 1 };
  if (at && !("row" in at)) return { column: at.column, at: at.at + 1 };
  const last = message.rows.at(-1);
  const end = last?.kind === "row" && last.columns.length === 1 && !last.condition ? last.columns[0] : undefined;
  const into = made.kind === "row" ? undefined : node?.kind === "column" ? node : node?.kind === "row" ? node.columns[0] : end;
  return into ? { column: into.key, at: into.blocks.length } : { row: message.rows.length };
}

/** Move a node to a place as it was counted with the node still where it is. */
export function move(message: Message, wanted: number, to: Place): Message {
  const node = find(message, wanted), from = placeOf(message, wanted);
  if (!node || !from || node.kind === "column" || (node.kind === "row" && !("row" in to))) return message;
  const without = remove(message, wanted);
  if ("row" in to) return insert(without, node, { row: "row" in from && from.row < to.row ? to.row - 1 : to.row });
  const shifted = !("row" in from) && from.column === to.column && from.at < to.at ? to.at - 1 : to.at;
  return insert(without, node, { column: to.column, at: shifted });
}

/** Move a node one place up or down: a row among rows, a block through columns and on into the next row. */
export function step(message: Message, wanted: number, by: 1 | -1): Message {
  const from = placeOf(message, wanted);
  if (!from) return message;
  if ("row" in from) {
    const at = from.row + by;
    return at < 0 || at >= message.rows.length ? message : move(message, wanted, { row: by > 0 ? at + 1 : at });
  }
  const columns = message.rows.flatMap((node) => (node.kind === "row" ? node.columns : []));
  const n = columns.findIndex((column) => column.key === from.column);
  const own = columns[n]!;
  if (by > 0 ? from.at < own.blocks.length - 1 : from.at > 0) return move(message, wanted, { column: own.key, at: by > 0 ? from.at + 2 : from.at - 1 });
  const next = columns[n + by];
  return next ? move(message, wanted, { column: next.key, at: by > 0 ? 0 : next.blocks.length }) : message;
}

/** Put a copy behind a node; gives the message and the copy's key. */
export function copy(message: Message, wanted: number): { message: Message; key: number } | null {
  const node = find(message, wanted), from = placeOf(message, wanted);
  if (!node || !from || node.kind === "column") return null;
  const block = (each: Block): Block => ({ ...each, key: key() });
  const made = node.kind === "row" ? { ...node, key: key(), columns: node.columns.map((column) => ({ ...column, key: key(), blocks: column.blocks.map(block) })) } : block(node);
  return { message: insert(message, made, "row" in from ? { row: from.row + 1 } : { column: from.column, at: from.at + 1 }), key: made.key };
}
