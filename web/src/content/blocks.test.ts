import { expect, it } from "vitest";
import { setContent } from "./blocks";
import { read, type Row } from "./mjml";

it("leaves alone what a change is not in", () => {
  const text = "<mj-section><mj-column><mj-text>A</mj-text></mj-column><mj-column><mj-text>B</mj-text></mj-column></mj-section>";
  const before = read(`${text}\n${text}`);
  const [first, second] = before.rows as Row[];
  const after = setContent(before, first!.columns[0]!.blocks[0]!.key, "C");
  const [changed, kept] = after.rows as Row[];
  expect(changed).not.toBe(first);
  expect(changed!.columns[1]).toBe(first!.columns[1]);
  expect(kept).toBe(second);
});
