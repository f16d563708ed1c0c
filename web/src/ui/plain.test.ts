import { expect, test } from "vitest";
import { exact, plain } from "./plain";

test("values read as one would write them down", () => {
  expect(plain("as it is\n")).toBe("as it is\n");
  expect(plain(12.5)).toBe("12.5");
  expect(plain(false)).toBe("false");
  expect(plain(["a", "b", 3])).toBe("a, b, 3");
  expect(plain({ city: "Riga", tags: ["a", "b"], none: null })).toBe("city: Riga\ntags: a, b\nnone: null");
  expect(plain({ home: { city: "Riga" }, text: "two\nlines", empty: {}, no: [] })).toBe("home:\n  city: Riga\ntext:\n  two\n  lines\nempty: none\nno: none");
  expect(plain([{ sku: "x", count: 2 }, { sku: "y" }])).toBe("- sku: x\n  count: 2\n- sku: y");
  expect(plain([[1, 2], [3]])).toBe("- 1, 2\n- 3");
});

test("what reads otherwise than it is kept can be had to the letter", () => {
  expect(exact(["a", "b"])).toBe('["a","b"]');
  expect(exact("a, b")).toBeUndefined();
  expect(exact(null)).toBeUndefined();
});
