import { expect, test } from "vitest";
import { ceiling } from "./Chart";

test.each([[1, 2], [3, 4], [7, 8], [10, 10], [11, 20], [420, 600], [999, 1000]])("the axis above %i ends at %i", (value, top) => expect(ceiling(value)).toBe(top));
