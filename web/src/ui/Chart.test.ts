import { expect, test } from "vitest";
import { ceiling, csv } from "./Chart";

test.each([[1, 2], [3, 4], [7, 8], [10, 10], [11, 20], [420, 600], [999, 1000]])("the axis above %i ends at %i", (value, top) => expect(ceiling(value)).toBe(top));

test("a table is taken away as CSV", () =>
  expect(csv(["2026-05-05", "2026-05-06"], [{ name: "Sent, all", values: [1, 2] }])).toBe('day,"Sent, all"\n2026-05-05,1\n2026-05-06,2\n'));
