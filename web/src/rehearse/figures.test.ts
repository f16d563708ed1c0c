import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { heldOut, stepCounts } from "./figures";

test("whoever is parked is there and has not left; an exit step lets them go", () => {
  const side = { steps: { call: { parked: 2, exited: 1, passed: 3 }, enough: { done: 3 } }, standing: { call: 2 }, messages: {} } as unknown as Schemas["SideCount"];
  const counts = stepCounts(side);
  expect(counts["call"]).toMatchObject({ waiting: 2, passed: 3, left: 1 });
  expect(counts["enough"]).toMatchObject({ waiting: 0, passed: 0, left: 3 });
});

test("whoever is held out left at the split, and is counted of the whole", () => {
  const side = { steps: { proof: { branched: 4, held_out: 2 }, late: { held_out: 1 } }, standing: {}, messages: {} } as unknown as Schemas["SideCount"];
  expect(stepCounts(side)["proof"]).toMatchObject({ passed: 4, left: 2 });
  expect(heldOut(side)).toBe(3);
});

test("what policy held back, and what the end of a run took back, was not sent", () => {
  const side = { steps: {}, standing: {}, messages: { hello: { sent: 4, refused: 2, cancelled: 1, failed: 3 } } } as unknown as Schemas["SideCount"];
  expect(stepCounts(side)["hello"]).toMatchObject({ sent: 4, dropped: 3, failed: 3 });
});
