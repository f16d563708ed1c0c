import { expect, it } from "vitest";
import { readDuration, sayDuration } from "./durations";

it.each([["1 day", 1, "days"], ["14 days", 14, "days"], ["2 hours", 2, "hours"]])("%s is read and said alike", (text, count, unit) => {
  expect(readDuration(text)).toEqual([count, unit]);
  expect(sayDuration(count, unit)).toBe(text);
});
it("leaves what is of several parts", () => expect(readDuration("1 day 2 hours")).toBeNull());
