import { expect, test } from "vitest";
import { changed, copied, fromTree, group, isGroup, keyAt, leaf, moved, printed, spoken, toSketch, type Group, type Leaf } from "./sketch";

const plan = { clause: "compare", path: ["plan"], operator: "=", value: "pro" };
const did = { clause: "did", event: "Order", kind: "track", bound: "at least", times: 3, window: null, where: { clause: "compare", path: ["total"], operator: ">", value: 50 } };
const words = new Map([
  ["", 'plan = "pro" and not (did "Order" at least 3 times where total > 50)'],
  ["of.0", 'plan = "pro"'],
  ["of.1", 'not did "Order" at least 3 times where total > 50'],
  ["of.1.rule", 'did "Order" at least 3 times where total > 50'],
  ["of.1.rule.where", "total > 50"],
]);
const drawn = () => fromTree({ clause: "all", of: [plan, { clause: "not", rule: did }] }, words);

test("what nobody touched is sent back as its own text", () => {
  const root = drawn();
  expect(toSketch(root).sketch).toEqual({ clause: "all", of: [{ clause: "text", text: words.get("of.0") }, { clause: "text", text: words.get("of.1") }] });
});

test("a change of one clause leaves the others' text alone, and takes that of what stands around it", () => {
  const root = drawn();
  const inner = (root.of[1] as Leaf).where!.of[0] as Leaf;
  const next = changed(root, inner.key, (now) => ({ ...(now as Leaf), own: null, clause: { ...(now as Leaf).clause, value: 5 } }));
  const sketch = toSketch(next).sketch as { of: Record<string, unknown>[] };
  expect(sketch.of[0]).toEqual({ clause: "text", text: 'plan = "pro"' });
  expect(sketch.of[1]).toMatchObject({ clause: "not", rule: { clause: "did", times: 3, where: { clause: "all", of: [{ clause: "compare", value: 5 }] } } });
});

test("what can't be drawn stays as a clause of text", () => {
  const twice = fromTree({ clause: "not", rule: { clause: "not", rule: plan } }, new Map([["", 'not not plan = "pro"']]));
  expect(toSketch(twice).sketch).toEqual({ clause: "all", of: [{ clause: "text", text: 'not not plan = "pro"' }] });
  const later = fromTree({ clause: "new_kind", x: 1 }, new Map([["", "something new"]]));
  const large = fromTree({ clause: "compare", path: ["seats"], operator: "=", value: 9007199254740992 }, new Map([["", "seats = 9007199254740993"]]));
  expect(large.of[0]).toMatchObject({ clause: { clause: "text", text: "seats = 9007199254740993" } });
  expect(toSketch(later).sketch).toEqual({ clause: "all", of: [{ clause: "text", text: "something new" }] });
});

test("none of several is a group turned around", () => {
  const root = fromTree({ clause: "not", rule: { clause: "any", of: [plan, plan] } }, new Map());
  expect([root.join, root.not, root.of.length]).toEqual(["any", true, 2]);
});

test("a fault leads to its clause, through groups of one", () => {
  const wrong = leaf({ clause: "did", event: "" });
  const root = group([leaf(plan), group([group([wrong], "any", true)])]);
  const { keys } = toSketch(root);
  expect(keyAt(keys, "of.1.of.0.rule.of.0")).toBe(wrong.key);
  expect(keyAt(keys, "of.1.of.0.rule.of.0.where.of.3")).toBe(wrong.key);
  expect(new Map(printed(root)).get("of.1.rule")).toBe(wrong.key);
  expect(spoken(root, new Map([["of.1", "not x"], ["of.1.rule", "x"]])).get(wrong.key)).toBe("x");
});

test("clauses move, and a copy has keys of its own", () => {
  const root = drawn();
  const [first, second] = root.of;
  expect(moved(root, first!.key, 1).of.map((each) => each.key)).toEqual([second!.key, first!.key]);
  expect(moved(root, first!.key, -1).of.map((each) => each.key)).toEqual([first!.key, second!.key]);
  const again = copied(second!) as Leaf;
  expect([again.key, again.where!.key, again.where!.of[0]!.key]).not.toEqual(expect.arrayContaining([second!.key, (second as Leaf).where!.key]));
});

test("where nothing is left of `where`, there is none", () => {
  const root = drawn();
  const inner = (root.of[1] as Leaf).where!.of[0]!;
  const next = changed(root, inner.key, () => null);
  expect((next.of[1] as Leaf).where).toBeNull();
  expect(isGroup(changed(root, root.of[0]!.key, () => null) as Group)).toBe(true);
});
