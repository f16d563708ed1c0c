import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { split } from "./front";
import { BLOCKS, key, nodesOf, quoted, read, Unreadable, write, writeOne, type Block, type Column, type Message, type Row } from "./mjml";

function mjmlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf-8" }).filter((name) => name.endsWith(".mjml")).map((name) => join(folder, name));
}
const FILES = [...mjmlFiles("../examples"), ...mjmlFiles("../src/tidings/demo")];

/** A generator of numbers that always gives the same ones. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORDS = ["Hello", "{{ customer.first_name | default: \"there\" }}", "<strong>bold</strong>", "a & b", "<a href=\"{{ x | append: \"/\" }}\">go</a>", "{% if a < b %}x{% else %}y{% endif %}", "5 > 3", "it's"];
const VALUES = ["#ff0000", "16px", "{{ brand.accent }}", "https://e.example/?a=1&b={{ x | url_encode }}", "say \"hi\" <b>", "{{ y | default: \"z\" }}", ""];

function made(seed: number): Message {
  const roll = dice(seed);
  const pick = <T,>(from: readonly T[]): T => from[roll(from.length)]!;
  const attributes = () => Object.fromEntries(Array.from({ length: roll(3) }, () => [pick(["color", "align", "font-size", "css-class"]), quoted(pick(VALUES))]));
  const content = () => Array.from({ length: 1 + roll(3) }, () => `<p>${Array.from({ length: 1 + roll(4) }, () => pick(WORDS)).join(" ")}</p>`).join("\n");
  const condition = () => (roll(4) ? "" : pick(['customer.plan == "pro"', "customer.seats > 3 and event.a", "brand.logo"]));
  const block = (): Block => {
    const kind = pick(BLOCKS);
    const empty = kind === "image" || kind === "divider" || kind === "spacer";
    const common = { key: key(), kind, level: kind === "heading" ? 1 + roll(3) : 0, attributes: attributes(), content: empty ? "" : kind === "heading" ? pick(WORDS) : content(), condition: condition(), from: null, lead: null };
    return kind === "code" ? { ...common, attributes: {}, condition: "", content: pick(["{% assign x = 1 %}", "<mj-table><tr><td>1</td></tr></mj-table>", "{% for a in b %}<mj-text>{{ a }}</mj-text>{% endfor %}", "<!-- so -->"]) } : common;
  };
  const column = (): Column => ({ key: key(), kind: "column", attributes: attributes(), blocks: Array.from({ length: roll(4) }, block), open: null, tail: null, lead: null });
  const row = (): Row => ({ key: key(), kind: "row", attributes: attributes(), columns: Array.from({ length: 1 + roll(3) }, column), condition: condition(), wrap: null, open: null, tail: null, lead: null });
  const whole = roll(2);
  return { head: whole ? "<mjml>\n  <mj-body>" : "", rows: Array.from({ length: roll(4) }, row), tail: "", foot: whole ? "</mj-body>\n</mjml>\n" : "", indent: whole ? "    " : "" };
}

/** What a message says, apart from where it was read from. */
function meaning(message: Message): unknown {
  return JSON.parse(JSON.stringify(message.rows, (name, value: unknown) => (["key", "from", "lead", "tail", "open", "wrap"].includes(name) ? undefined : value)));
}

describe("blocks", () => {
  it("writes what it read, to the byte", () => {
    expect(FILES.length).toBeGreaterThan(3);
    for (const file of FILES) {
      const { body } = split(readFileSync(file, "utf-8"));
      expect(write(read(body)), file).toBe(body);
    }
  });

  it("reads the messages of the demo as blocks, not as code", () => {
    const { body } = split(readFileSync("../src/tidings/demo/project/templates/welcome.mjml", "utf-8"));
    const [row] = read(body).rows as [Row];
    expect(row.columns[0]!.blocks.map((block) => block.kind)).toEqual(["text", "text", "button"]);
  });

  it("restores exactly the blocks it wrote, and writes them the same again", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const message = made(seed);
      const text = write(message);
      const back = read(text);
      expect(meaning(back), text).toEqual(meaning(message));
      expect(write(back)).toBe(text);
    }
  });

  it("changes only the lines of the block that was changed", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const text = write(made(seed));
      const message = read(text);
      const at = message.rows.findIndex((node) => node.kind === "row" && node.columns.some((column) => column.blocks.length));
      if (at < 0) continue;
      const row = message.rows[at] as Row;
      const columns = row.columns.map((column) => ({ ...column, blocks: column.blocks.map((block, n) => (n || block.kind === "code" ? block : { ...block, attributes: { ...block.attributes, id: "new" }, from: null })) }));
      const rows = message.rows.map((node, n) => (n === at ? { ...row, columns } : node));
      const after = write({ ...message, rows });
      const kept = after.split("\n").filter((line) => !line.includes('id="new"'));
      const before = text.split("\n");
      expect(kept.every((line) => before.includes(line)), text).toBe(true);
      expect(before.length).toBe(after.split("\n").length);
    }
  });

  it("keeps what it has no word for as code, and refuses what is no MJML", () => {
    const odd = '<mj-section>\n  <mj-column>\n    {% for a in b %}\n    <mj-text>{{ a }}</mj-text>\n    {% endfor %}\n    <mj-text {% if x %}color="red"{% endif %}>x</mj-text>\n  </mj-column>\n</mj-section>\n{% if a %}\n<mj-hero></mj-hero>\n{% else %}\n<mj-section><mj-column></mj-column></mj-section>\n{% endif %}\n';
    const message = read(odd);
    expect(message.rows.map((node) => node.kind)).toEqual(["row", "code"]);
    expect((message.rows[0] as Row).columns[0]!.blocks.map((block) => block.kind)).toEqual(["code", "code"]);
    expect(write(message)).toBe(odd);
    for (const broken of ["<mj-section>", "</mj-section>", "<mj-text>{{ x", "<mj-section><mj-column>{% if a %}</mj-column>{% endif %}</mj-section>", '<mj-text a="b>']) {
      expect(() => read(broken), broken).toThrow(Unreadable);
    }
  });
});

it("carries a row or a block as MJML, and takes nothing else for one", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const [row] = read(write(made(seed))).rows;
    for (const node of row ? [row, ...(row.kind === "row" ? row.columns.flatMap((column) => column.blocks) : [])] : []) {
      if (node.kind === "code") continue;
      const came = nodesOf(writeOne(node));
      expect(came?.length).toBe(1);
      expect(writeOne(came![0]!)).toBe(writeOne(node));
      expect(came![0]!.key).not.toBe(node.key);
    }
  }
  for (const text of ["", "Hello", "<p>Hello</p>", "<mj-text>Hello", "{% if x %}Hello{% endif %}"]) expect(nodesOf(text)).toBeNull();
});
