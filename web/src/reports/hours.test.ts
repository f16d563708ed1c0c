import { expect, test } from "vitest";
import { curvesOf, hoursTo } from "./hours";

const hours = hoursTo(Date.parse("2026-05-05T13:20:00Z"), 3);
const at = (hour: string, step: string, what: string, count: number) => ({ hour: `2026-05-05T${hour}:00:00Z`, step, what, count });
const COUNTS = [at("11", "", "entered", 4), at("13", "", "entered", 1), at("11", "hello", "planned", 4), at("12", "hello", "sent", 3), at("12", "bye", "sent", 2), at("13", "hello", "opened", 2), at("12", "hello", "exited", 1), at("12", "proof", "held_out", 2), at("13", "", "done", 2), at("13", "enough", "done", 1), at("10", "", "entered", 9), at("12", "hello", "parked", 7)];
const figures = (step: string) => Object.fromEntries(Object.values(curvesOf(COUNTS, hours, step)).flat().map(({ name, values }) => [name, values]));

test("the hours end with the present one", () => expect(hours).toEqual(["2026-05-05 11:00", "2026-05-05 12:00", "2026-05-05 13:00"]));

test("of the journey: who came, was sent something at whatever step, and ended", () => {
  expect(figures("")).toEqual({ "Entered": [4, 0, 1], "Sent": [0, 5, 0], "Finished": [0, 0, 3], "Reached the goal": [0, 0, 0] });
});

test("of a step: its messages, who went past it, and who left there and why; whoever stands still has not", () => {
  expect(figures("hello")).toMatchObject({ "Sent": [0, 3, 0], "Opened": [0, 0, 2], "Went past it": [4, 0, 0], "Left there": [0, 1, 0], "Left by exit": [0, 1, 0] });
  expect(figures("proof")).toMatchObject({ "Left there": [0, 2, 0], "Held out": [0, 2, 0] });
  expect(figures("enough")).toEqual({ "Went past it": [0, 0, 0], "Left there": [0, 0, 1], "Held out": [0, 0, 0], "Left by exit": [0, 0, 0], "Left by stop": [0, 0, 0], "Left by merge": [0, 0, 0], "Left by an exit step": [0, 0, 1] });
});
