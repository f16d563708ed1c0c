/** The front matter of a template as its settings form sees it: one `key: value` line read or replaced, every other byte left as it is. */

/** The keys in the order they are written. */
export const KEYS = ["channel", "format", "layout", "subject", "title", "from", "reply_to", "preheader", "topic", "transactional", "policy", "expires"];

const FENCE = /^---[ \t]*(?:\r?\n|$)/;
const END = /^---[ \t]*(?:\r?\n|$)/m;
const LIQUID = /\{\{.*?\}\}|\{%.*?%\}/gs;

export interface Parts { front: string; body: string; open: string; close: string }

/** Take a text apart; without front matter everything is the body. */
export function split(text: string): Parts {
  const open = FENCE.exec(text);
  if (!open) return { front: "", body: text, open: "", close: "" };
  const rest = text.slice(open[0].length);
  const end = END.exec(rest);
  if (!end) return { front: "", body: text, open: "", close: "" };
  return { open: open[0], front: rest.slice(0, end.index), close: end[0], body: rest.slice(end.index + end[0].length) };
}

export function join({ open, front, close, body }: Parts): string {
  return open + front + close + body;
}

export function withBody(text: string, body: string): string {
  return join({ ...split(text), body });
}

/** What a key says; undefined where it says nothing, null where what it says is no single line (it is then only edited as code). */
export function said(text: string, key: string): string | null | undefined {
  const line = entries(split(text).front).find((entry) => entry.key === key);
  if (!line) return undefined;
  return line.lines.length > 1 ? null : scalar(line.value);
}

/** Give the text in which a key says this; "" takes its line away. */
export function say(text: string, key: string, value: string): string {
  const parts = split(text);
  const found = entries(parts.front);
  const at = found.findIndex((entry) => entry.key === key);
  const made = value === "" ? [] : [{ key, value, lines: [`${key}: ${written(value)}\n`] }];
  if (at >= 0) found.splice(at, 1, ...made);
  else {
    const order = KEYS.indexOf(key);
    const next = found.findIndex((entry) => { const rank = KEYS.indexOf(entry.key); return entry.key !== "" && (rank < 0 || rank > order); });
    found.splice(next < 0 ? found.length : next, 0, ...made);
  }
  const front = found.flatMap((entry) => entry.lines).join("");
  if (parts.open) return join({ ...parts, front });
  return front ? `---\n${front}---\n${text}` : text;
}

interface Entry { key: string; value: string; lines: string[] }

/** The lines by key; indented lines belong to the key before them, comments and blank lines stand alone. */
function entries(front: string): Entry[] {
  const found: Entry[] = [];
  for (const line of front.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const match = /^([A-Za-z_][\w-]*):(?:[ \t]+(.*?))?[ \t]*\r?\n?$/.exec(line);
    if (match) found.push({ key: match[1]!, value: match[2] ?? "", lines: [line] });
    else if (/^[ \t-]/.test(line) && line.trim() && found.at(-1)?.key) found.at(-1)!.lines.push(line);
    else found.push({ key: "", value: "", lines: [line] });
  }
  return found;
}

function scalar(value: string): string | null {
  if (value.startsWith('"')) {
    const inner = /^"((?:[^"\\]|\\.)*)"(?:[ \t]+#.*)?$/.exec(value);
    return inner ? inner[1]!.replace(/\\(["\\nt])/g, (_, sign: string) => ({ n: "\n", t: "\t" })[sign] ?? sign) : null;
  }
  if (value.startsWith("'")) {
    const inner = /^'((?:[^']|'')*)'(?:[ \t]+#.*)?$/.exec(value);
    return inner ? inner[1]!.replaceAll("''", "'") : null;
  }
  if (/^(?:[|>&*![]|\{(?![{%]))/.test(value)) return null;
  return uncommented(value);
}

function uncommented(value: string): string {
  const hidden = value.replace(LIQUID, (liquid) => "x".repeat(liquid.length));
  const comment = /(?:^|[ \t])#(?=[ \t]|$)/.exec(hidden);
  return comment ? value.slice(0, comment.index).trimEnd() : value;
}

/** A value as it is written: plain where that reads back as the same, else in quotes. */
function written(value: string): string {
  const words = /^(?:true|false|yes|no|on|off|null|y|n|~)$/i;
  if (/^[A-Za-z/][A-Za-z0-9_./ +-]*$/.test(value) && value === value.trim() && !words.test(value)) return value;
  if (value === "true" || value === "false") return value;
  const liquid = LIQUID.test(value);
  LIQUID.lastIndex = 0;
  if (liquid && /^(?:\{\{|\{%|[^\s"'|>[{&*!#%@`\-?:,\]}])/.test(value) && value === value.trim() && !/[\r\n]/.test(value) && uncommented(value) === value) return value;
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}
