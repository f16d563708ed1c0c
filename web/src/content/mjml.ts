/**
 * A message as blocks: rows of columns of blocks, read from MJML and written back.
 *
 * The MJML text is the document, and what is read keeps the text it came from. So a message that is opened and saved is the same to the
 * byte, and an edit changes the lines of its own block alone. What blocks have no word for (a loop, a table, a hero) stays as it is
 * written, as a block of code. Liquid is never taken apart; `{% if … %}…{% endif %}` around one row or block is that one's condition.
 */

export type Attributes = Readonly<Record<string, string>>;
export const BLOCKS = ["heading", "text", "image", "button", "divider", "spacer", "html", "code"] as const;
export type BlockKind = (typeof BLOCKS)[number];

/** `content`: what stands between its tags. `from`: the text it was read from, null once it was changed. `lead`: white space before. */
export interface Block { key: number; kind: BlockKind; level: number; attributes: Attributes; content: string; condition: string; from: string | null; lead: string | null }
export interface Column { key: number; kind: "column"; attributes: Attributes; blocks: readonly Block[]; open: string | null; tail: string | null; lead: string | null }
/** `wrap`: the text of its condition around it. */
export interface Row { key: number; kind: "row"; attributes: Attributes; columns: readonly Column[]; condition: string; wrap: readonly [string, string] | null; open: string | null; tail: string | null; lead: string | null }
/** `head`, `foot`: what stands around the rows, such as `<mjml>…<mj-body>`. `indent`: of a row. */
export interface Message { head: string; rows: readonly (Row | Block)[]; tail: string; foot: string; indent: string }

/** What can't be read as blocks, and where in the text. */
export class Unreadable extends Error {
  constructor(says: string, readonly at: number) { super(says); }
}

let keys = 0;
export const key = (): number => ++keys;

export const TAGS: Record<Exclude<BlockKind, "code">, string> = {
  heading: "mj-text", text: "mj-text", image: "mj-image", button: "mj-button", divider: "mj-divider", spacer: "mj-spacer", html: "mj-raw",
};
const KINDS: Record<string, BlockKind> = { "mj-text": "text", "mj-image": "image", "mj-button": "button", "mj-divider": "divider", "mj-spacer": "spacer", "mj-raw": "html" };
const ENDING = new Set(["mj-text", "mj-button", "mj-table", "mj-raw", "mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text", "mj-style", "mj-title", "mj-preview"]);
const STEP = "  ";

// Reading

type Item =
  | { is: "space" | "text" | "comment"; from: number; to: number }
  | { is: "liquid"; from: number; to: number; tag: string; said: string }
  | { is: "element"; from: number; to: number; name: string; attributes: Attributes | null; inside: number; end: number; closed: boolean; items: Item[] };

export function read(body: string): Message {
  const found = /<mj-body\b/.exec(body);
  if (!found) return reading(body, 0, body.length);
  const open = tag(body, found.index);
  const end = body.lastIndexOf("</mj-body");
  if (open.closed || end < open.to || body.indexOf("<mj-body", open.to) >= 0) throw new Unreadable("there is not one <mj-body>", found.index);
  return reading(body, open.to, end);
}

function reading(body: string, from: number, to: number): Message {
  const items = scan(body, from, to);
  const { nodes, tail } = list(body, items, (item) => (item.is === "element" && item.name === "mj-section" ? row(body, item) : null));
  const first = nodes[0]?.lead ?? "";
  const base = /\n([ \t]*)$/.exec(first)?.[1] ?? (from ? STEP + STEP : "");
  return { head: body.slice(0, from), rows: nodes, tail, foot: body.slice(to), indent: base };
}

function scan(body: string, from: number, to: number): Item[] {
  const items: Item[] = [];
  let at = from;
  while (at < to) {
    const rest = body.slice(at, Math.min(to, at + 4));
    if (/^\s/.test(rest)) {
      const end = at + /^\s+/.exec(body.slice(at, to))![0].length;
      items.push({ is: "space", from: at, to: end });
      at = end;
    } else if (rest.startsWith("{{") || rest.startsWith("{%")) {
      const end = liquid(body, at);
      const said = body.slice(at, end).replace(/^\{[{%]-?\s*|\s*-?[%}]\}$/g, "");
      items.push({ is: "liquid", from: at, to: end, tag: rest.startsWith("{%") ? /^\w*/.exec(said)![0] : "", said });
      at = end;
    } else if (rest.startsWith("<!--")) {
      const end = body.indexOf("-->", at);
      if (end < 0) throw new Unreadable("a comment is not closed", at);
      items.push({ is: "comment", from: at, to: end + 3 });
      at = end + 3;
    } else if (/^<[A-Za-z]/.test(rest)) {
      const made = element(body, at, to);
      items.push(made);
      at = made.to;
    } else if (rest.startsWith("</")) {
      throw new Unreadable("a tag is closed that is not open", at);
    } else {
      let end = at + 1;
      while (end < to && !/[<{]/.test(body[end]!)) end += 1;
      items.push({ is: "text", from: at, to: end });
      at = end;
    }
  }
  return items;
}

function liquid(body: string, at: number): number {
  const start = /^\{%-?\s*(raw|comment)\b/.exec(body.slice(at, at + 40));
  if (start) {
    const end = new RegExp(`\\{%-?\\s*end${start[1]}\\s*-?%\\}`, "g");
    end.lastIndex = at;
    const found = end.exec(body);
    if (!found) throw new Unreadable(`{% ${start[1]} %} is not closed`, at);
    return found.index + found[0].length;
  }
  const end = body.indexOf(body[at + 1] === "{" ? "}}" : "%}", at + 2);
  if (end < 0) throw new Unreadable("Liquid is not closed", at);
  return end + 2;
}

function tag(body: string, at: number): { name: string; attributes: Attributes | null; to: number; closed: boolean } {
  const name = /^<([A-Za-z][\w:-]*)/.exec(body.slice(at, at + 80))![1]!;
  const attributes: Record<string, string> = {};
  let plain = true, to = at + 1 + name.length;
  for (;;) {
    to += /^\s*/.exec(body.slice(to))![0].length;
    if (to >= body.length) throw new Unreadable(`<${name}> is cut off`, at);
    if (body.startsWith("/>", to)) return { name, attributes: plain ? attributes : null, to: to + 2, closed: true };
    if (body[to] === ">") return { name, attributes: plain ? attributes : null, to: to + 1, closed: false };
    if (body.startsWith("{{", to) || body.startsWith("{%", to)) {
      plain = false;
      to = liquid(body, to);
      continue;
    }
    const begun = /^([^\s=/>"'{]+)(\s*=\s*(["'])?)?/.exec(body.slice(to, to + 200));
    if (!begun) throw new Unreadable(`<${name}> can't be read`, to);
    to += begun[0].length;
    if (!begun[3]) {
      plain = false;
      if (begun[2]) to += /^[^\s>]*/.exec(body.slice(to))![0].length;
      continue;
    }
    const start = to;
    while (body[to] !== begun[3]) {
      if (to >= body.length) throw new Unreadable(`a quote in <${name}> is not closed`, start);
      to = body.startsWith("{{", to) || body.startsWith("{%", to) ? liquid(body, to) : to + 1;
    }
    const value = body.slice(start, to);
    if (begun[3] === "'" && outside(value).includes('"')) plain = false;
    if (begun[1]! in attributes) plain = false;
    attributes[begun[1]!] = value;
    to += 1;
  }
}

function element(body: string, at: number, limit: number): Item & { is: "element" } {
  const open = tag(body, at);
  const made = { is: "element" as const, from: at, name: open.name, attributes: open.attributes, inside: open.to, closed: open.closed };
  if (open.closed) return { ...made, to: open.to, end: open.to, items: [] };
  if (ENDING.has(open.name)) {
    const end = closing(body, open.name, open.to, limit);
    return { ...made, to: body.indexOf(">", end) + 1, end, items: [] };
  }
  const end = matching(body, open.name, open.to, limit);
  return { ...made, to: body.indexOf(">", end) + 1, end, items: scan(body, open.to, end) };
}

/** Where the element of a name is closed that holds no MJML. */
function closing(body: string, name: string, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    if (body.startsWith("{{", at) || body.startsWith("{%", at)) at = liquid(body, at);
    else if (body.startsWith(`</${name}`, at) && /[\s>]/.test(body[at + 2 + name.length] ?? "")) return at;
    else at += 1;
  }
  throw new Unreadable(`<${name}> is not closed`, from);
}

/** Where the element of a name is closed, of which others may stand within. */
function matching(body: string, name: string, from: number, limit: number): number {
  let at = from, depth = 1;
  while (at < limit) {
    if (body.startsWith("{{", at) || body.startsWith("{%", at)) at = liquid(body, at);
    else if (body.startsWith("<!--", at)) at = Math.max(at + 4, body.indexOf("-->", at) + 3);
    else if (body.startsWith("</", at)) {
      if (body.startsWith(name, at + 2) && /[\s>]/.test(body[at + 2 + name.length] ?? "") && --depth === 0) return at;
      at += 2;
    } else if (/^<[A-Za-z]/.test(body.slice(at, at + 2))) {
      const open = tag(body, at);
      if (open.name === name && !open.closed) depth += 1;
      at = open.closed || !ENDING.has(open.name) ? open.to : closing(body, open.name, open.to, limit);
    } else at += 1;
  }
  throw new Unreadable(`<${name}> is not closed`, from);
}

const PAIRS: Record<string, string> = { if: "endif", unless: "endunless", for: "endfor", case: "endcase", capture: "endcapture", tablerow: "endtablerow", ifchanged: "endifchanged" };

/** Nodes of a list: what `make` knows, with conditions; everything else as code. */
function list<T extends Row | Column | Block>(body: string, items: Item[], make: (item: Item) => T | null): { nodes: (T | Block)[]; tail: string } {
  const nodes: (T | Block)[] = [];
  let lead = "", at = 0;
  const put = (node: T | Block) => { nodes.push({ ...node, lead }); lead = ""; };
  while (at < items.length) {
    const item = items[at]!;
    if (item.is === "space") {
      lead += body.slice(item.from, item.to);
      at += 1;
      continue;
    }
    if (item.is === "liquid" && item.tag in PAIRS) {
      const last = pair(items, at);
      const within = items.slice(at + 1, last).filter((each) => each.is !== "space");
      const one = within.length === 1 ? make(within[0]!) : null;
      const to = items[last]!.to;
      if (item.tag === "if" && one && "condition" in one && !one.condition) {
        const wrapped = { ...one, condition: item.said.slice(2).trim() };
        if ("from" in wrapped) wrapped.from = body.slice(item.from, to);
        else if ("wrap" in wrapped) wrapped.wrap = [body.slice(item.from, within[0]!.from), body.slice(within[0]!.to, to)];
        put(wrapped);
      } else put(code(body.slice(item.from, to)));
      at = last + 1;
      continue;
    }
    put(make(item) ?? code(body.slice(item.from, item.to)));
    at += 1;
  }
  return { nodes, tail: lead };
}

function pair(items: Item[], at: number): number {
  const begin = (items[at] as Item & { is: "liquid" }).tag;
  let depth = 0;
  for (let n = at; n < items.length; n += 1) {
    const item = items[n]!;
    if (item.is !== "liquid") continue;
    if (item.tag === begin) depth += 1;
    else if (item.tag === PAIRS[begin] && --depth === 0) return n;
  }
  throw new Unreadable(`{% ${begin} %} is not closed beside what it begins with`, items[at]!.from);
}

function row(body: string, item: Item & { is: "element" }): Row | null {
  if (!item.attributes || item.closed) return null;
  const { nodes, tail } = list(body, item.items, (each) => (each.is === "element" && each.name === "mj-column" ? column(body, each) : null));
  if (!nodes.length || nodes.some((node) => node.kind !== "column")) return null;
  return { key: key(), kind: "row", attributes: item.attributes, columns: nodes as Column[], condition: "", wrap: null, open: body.slice(item.from, item.inside), tail: tail + body.slice(item.end, item.to), lead: "" };
}

function column(body: string, item: Item & { is: "element" }): Column | null {
  if (!item.attributes || item.closed) return null;
  const { nodes, tail } = list<Block>(body, item.items, (each) => block(body, each));
  return { key: key(), kind: "column", attributes: item.attributes, blocks: nodes, open: body.slice(item.from, item.inside), tail: tail + body.slice(item.end, item.to), lead: "" };
}

function block(body: string, item: Item): Block | null {
  if (item.is !== "element" || !item.attributes || !(item.name in KINDS)) return null;
  const made: Block = { key: key(), kind: KINDS[item.name]!, level: 0, attributes: item.attributes, content: dedent(body.slice(item.inside, item.end)), condition: "", from: body.slice(item.from, item.to), lead: "" };
  const heading = made.kind === "text" ? /^<h([1-3])>([\s\S]*)<\/h\1>$/.exec(made.content) : null;
  return heading && !/<h\d/.test(heading[2]!) ? { ...made, kind: "heading", level: Number(heading[1]), content: dedent(heading[2]!) } : made;
}

function code(from: string): Block {
  return { key: key(), kind: "code", level: 0, attributes: {}, content: from, condition: "", from, lead: "" };
}

/** Text without what its lines are set in by. */
export function dedent(text: string): string {
  const lines = text.split("\n");
  const inner = lines.slice(1).filter((line) => line.trim());
  const by = inner.length ? Math.min(...inner.map((line) => /^[ \t]*/.exec(line)![0].length)) : 0;
  return [lines[0]!, ...lines.slice(1).map((line) => line.slice(Math.min(by, /^[ \t]*/.exec(line)![0].length)))].map((line) => line.trimEnd()).join("\n").trim();
}

/** Rows, or blocks, that were copied as MJML; null where a text is no such thing. Blocks that nobody has a word for are none either. */
export function nodesOf(text: string): readonly (Row | Block)[] | null {
  if (!/^\s*(\{%-?\s*if\b[\s\S]*?%\}\s*)?<mj-/.test(text)) return null;
  try {
    const { rows } = read(text.includes("<mj-section") ? text : `<mj-section><mj-column>${text}</mj-column></mj-section>`);
    return text.includes("<mj-section") ? rows : rows.flatMap((node) => (node.kind === "row" ? node.columns.flatMap((column) => column.blocks) : []));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

// Writing

/** One row or block alone, as MJML. */
export const writeOne = (node: Row | Block): string => (node.kind === "row" ? writeRow(node, "") : writeBlock(node, ""));

export function write(message: Message): string {
  const rows = message.rows.map((node, n) => {
    const lead = node.lead ?? (n === 0 && !message.head ? "" : `\n${message.indent}`);
    const indent = setIn(node.lead, message.indent);
    return lead + (node.kind === "row" ? writeRow(node, indent) : writeBlock(node, indent));
  });
  const tail = message.tail || (message.foot ? `\n${message.indent.slice(STEP.length)}` : "\n");
  return message.head + rows.join("") + tail + message.foot;
}

function writeRow(node: Row, indent: string): string {
  const within = node.wrap ? setIn(node.wrap[0], indent) : node.condition ? indent + STEP : indent;
  const inner = each(node.columns, within + STEP, writeColumn);
  const own = (node.open ?? opening("mj-section", node.attributes)) + inner + (node.tail ?? `\n${within}</mj-section>`);
  if (node.wrap) return node.wrap[0] + own + node.wrap[1];
  return node.condition ? `{% if ${node.condition} %}\n${within}${own}\n${indent}{% endif %}` : own;
}

function writeColumn(node: Column, indent: string): string {
  const inner = each(node.blocks, indent + STEP, writeBlock);
  return (node.open ?? opening("mj-column", node.attributes)) + inner + (node.tail ?? `\n${indent}</mj-column>`);
}

/** Nodes of a list, each set in as it was, or as those beside it. */
function each<T extends { lead: string | null }>(nodes: readonly T[], otherwise: string, one: (node: T, indent: string) => string): string {
  const usual = setIn(nodes.find((node) => node.lead?.includes("\n"))?.lead ?? null, otherwise);
  return nodes.map((node) => (node.lead ?? `\n${usual}`) + one(node, setIn(node.lead, usual))).join("");
}

function setIn(lead: string | null, otherwise: string): string {
  return lead?.includes("\n") ? lead.slice(lead.lastIndexOf("\n") + 1) : otherwise;
}

function writeBlock(node: Block, indent: string): string {
  if (node.from !== null) return node.from;
  const within = node.condition ? indent + STEP : indent;
  const own = bare(node, within);
  return node.condition ? `{% if ${node.condition} %}\n${within}${own}\n${indent}{% endif %}` : own;
}

function bare(node: Block, indent: string): string {
  if (node.kind === "code") return node.content;
  const name = TAGS[node.kind];
  if (node.kind === "image" || node.kind === "divider" || node.kind === "spacer") return `${opening(name, node.attributes).slice(0, -1)} />`;
  const content = node.kind === "heading" ? `<h${node.level || 1}>${node.content}</h${node.level || 1}>` : node.content;
  if (!content.includes("\n")) return `${opening(name, node.attributes)}${content}</${name}>`;
  const lines = content.split("\n").map((each) => (each ? indent + STEP + each : each));
  return `${opening(name, node.attributes)}\n${lines.join("\n")}\n${indent}</${name}>`;
}

function opening(name: string, attributes: Attributes): string {
  return `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${quoted(value)}"`).join("")}>`;
}

/** An attribute's value as it may stand in quotes. */
export function quoted(value: string): string {
  let at = 0, made = "";
  for (const match of value.matchAll(/\{\{.*?\}\}|\{%.*?%\}/gs)) {
    made += value.slice(at, match.index).replaceAll('"', "&quot;").replaceAll("<", "&lt;") + match[0];
    at = match.index + match[0].length;
  }
  return made + value.slice(at).replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function outside(value: string): string {
  return value.replace(/\{\{.*?\}\}|\{%.*?%\}/gs, "");
}
