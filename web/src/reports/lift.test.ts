import { expect, test } from "vitest";
import { difference, verdict } from "./lift";

const sides = (treated: number, treated_converted: number, control: number, control_converted: number) => ({ treated, treated_converted, control, control_converted });

test("the difference of two shares has its interval", () => {
  const found = difference(sides(9500, 1900, 500, 50))!;
  expect(found.points).toBeCloseTo(10, 5);
  expect(found.low).toBeCloseTo(7.25, 1);
  expect(found.high).toBeCloseTo(12.75, 1);
});

test("what it means is said, and that there are too few", () => {
  expect(verdict(sides(9500, 1900, 500, 50))).toContain("The messages help: +10.0");
  expect(verdict(sides(9500, 950, 500, 100))).toContain("The messages do harm: −10.0");
  expect(verdict(sides(1000, 100, 100, 9))).toContain("No difference can be told yet: +1.0");
  for (const few of [sides(99, 20, 500, 50), sides(500, 4, 500, 50), sides(500, 50, 500, 497), sides(0, 0, 0, 0)]) {
    expect(verdict(few)).toContain("Not enough people yet");
  }
});
