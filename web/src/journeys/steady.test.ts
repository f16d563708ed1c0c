import { expect, it } from "vitest";
import { fitted } from "./steady";

const SIDE_BY_SIDE = [{ x: 0, width: 248 }, { x: -144, width: 248 }, { x: 144, width: 248 }];
const WIDE = { width: 1000, height: 700 }, NARROW = { width: 400, height: 700 };

it("draws ways smaller where a panel would stand before one, and as before once it is gone", () => {
  const view = { x: 376, y: 32, zoom: 1 };
  const small = fitted(view, WIDE, NARROW, SIDE_BY_SIDE, 1);
  expect(small.zoom).toBeCloseTo(368 / 536);
  expect(small.x - 144 * small.zoom).toBeCloseTo(16);
  expect(small.x + 392 * small.zoom).toBeCloseTo(384);
  const again = fitted(small, NARROW, WIDE, SIDE_BY_SIDE, 1);
  expect(again.zoom).toBe(1);
  expect(again.x).toBeCloseTo(view.x);
  expect(again.y).toBeCloseTo(view.y);
});

it("keeps in the middle what was there, where not all ways are seen", () => {
  expect(fitted({ x: 900, y: 0, zoom: 1 }, WIDE, NARROW, SIDE_BY_SIDE, 1)).toEqual({ x: 600, y: 0, zoom: 1 });
});

it("never draws them too small to read", () => {
  const many = Array.from({ length: 9 }, (_, n) => ({ x: 288 * n, width: 248 }));
  expect(fitted({ x: 0, y: 0, zoom: 0.38 }, WIDE, NARROW, many, 0.38).zoom).toBe(0.38);
  expect(fitted({ x: 0, y: 0, zoom: 1 }, { width: 2600, height: 700 }, NARROW, many, 1).zoom).toBe(0.6);
});
