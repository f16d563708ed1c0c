import { describe, expect, it } from "vitest";
import { copy, find, fresh, freshRow, insert, move, placeOf, remove, setAttribute, setColumns, setCondition, step } from "./blocks";
import { read, write, type Message, type Row } from "./mjml";
import { fallback, label, mask, same, value, withChips, withFallback, written } from "./words";

describe("words", () => {
  it("keeps each piece of Liquid whole, in words and in attributes", () => {
    const content = 'Hi {{ customer.name | default: "<you>" }}, <a href="{{ x | append: "/" }}">go</a> &amp; stay';
    const masked = mask(content);
    const html = withChips(masked);
    expect(masked.html).not.toContain("{{");
    expect(html.match(/data-liquid/g)).toHaveLength(1);
    expect(written(`<p>${html}</p>`, masked.pieces)).toBe(content);
  });
  it("writes paragraphs and lists a line each", () => {
    expect(written("<p>a</p><p>b</p>", [])).toBe("<p>a</p>\n<p>b</p>");
    expect(written("<p>a</p><ul><li><p>b</p></li><li><p>c</p></li></ul>", [])).toBe("<p>a</p>\n<ul>\n  <li>b</li>\n  <li>c</li>\n</ul>");
    expect(same("<b>a</b>\n b", "<p><strong>a</strong> b</p>")).toBe(true);
    expect(same('<p style="margin:0">a</p>', "<p>a</p>")).toBe(false);
  });
  it("says what stands for a value that is missing", () => {
    const plain = "{{ customer.first_name | upcase }}";
    expect(fallback(plain)).toBe("");
    const said = withFallback(plain, 'my "friend" }}');
    expect(said).toBe("{{ customer.first_name | default: 'my \"friend\" ' | upcase }}");
    expect(fallback(said)).toBe('my "friend" ');
    expect(withFallback(said, "you")).toBe('{{ customer.first_name | default: "you" | upcase }}');
    expect(withFallback(said, "")).toBe(plain);
    expect(fallback("{% endif %}")).toBeNull();
    expect(fallback('{{ "words" | upcase }}')).toBeNull();
  });
  it("says what a chip is and how it reads", () => {
    expect(label('{{ customer.first_name | default: "there" }}')).toBe("first_name");
    expect(label("{% unsubscribe_url %}")).toBe("unsubscribe_url");
    expect(value('{{ customer.x | default: "there" }}', () => undefined)).toBe("there");
    expect(value("{{ customer.x }}", (path) => (path === "customer.x" ? "Ada" : undefined))).toBe("Ada");
  });
});

describe("blocks", () => {
  const two = (): Message => read('<mj-section>\n  <mj-column>\n    <mj-text>one</mj-text>\n    <mj-text>two</mj-text>\n  </mj-column>\n</mj-section>\n<mj-section>\n  <mj-column>\n    <mj-text>three</mj-text>\n  </mj-column>\n</mj-section>\n');
  const said = (message: Message) => [...write(message).matchAll(/<mj-text[^>]*>(\w+)/g)].map((match) => match[1]);
  const keys = (message: Message) => message.rows.flatMap((row) => (row as Row).columns.flatMap((column) => column.blocks.map((block) => block.key)));

  it("moves a block through its column and on into the next row, and back to the byte", () => {
    const message = two();
    const [one] = keys(message) as [number];
    const down = step(step(message, one, 1), one, 1);
    expect(said(down)).toEqual(["two", "one", "three"]);
    expect(placeOf(down, one)).toMatchObject({ at: 0 });
    expect(write(step(step(down, one, -1), one, -1))).toBe(write(message));
    expect(step(message, one, -1)).toBe(message);
  });
  it("moves rows, whole, each on a line of its own", () => {
    const message = two();
    const up = step(message, message.rows[1]!.key, -1);
    expect(said(up)).toEqual(["three", "one", "two"]);
    expect(write(up)).toMatch(/<\/mj-section>\n<mj-section>/);
  });
  it("puts in, copies, takes out, divides and asks", () => {
    const message = two();
    const [one, second] = keys(message) as [number, number];
    const place = placeOf(message, second)!;
    expect(write(insert(message, { ...fresh("button"), content: "Go" }, place))).toContain('\n    <mj-button href="https://example.com" align="left">Go</mj-button>\n    <mj-text>two');
    expect(said(copy(message, one)!.message)).toEqual(["one", "one", "two", "three"]);
    expect(said(remove(message, one))).toEqual(["two", "three"]);
    const row = message.rows[0] as Row;
    const divided = setColumns(message, row.key, 2);
    expect((find(divided, row.key) as Row).columns).toHaveLength(2);
    expect(said(setColumns(divided, row.key, 1))).toEqual(["one", "two", "three"]);
    expect(write(setCondition(message, one, 'customer.plan == "pro"'))).toContain('\n    {% if customer.plan == "pro" %}\n      <mj-text>one</mj-text>\n    {% endif %}\n');
    expect(write(setAttribute(message, one, "color", '"<'))).toContain('<mj-text color="&quot;&lt;">one');
    expect(said(move(message, one, { row: 2 }))).toEqual(["two", "three", "one"]);
    expect(read(write(insert(message, freshRow([[], []]), { row: 0 }))).rows).toHaveLength(3);
  });
});
