import { expect, test } from "vitest";
import { sayRamp } from "./ramps";

test("a ramp says how it goes on", () => {
  expect(sayRamp("1% for 1 hour, 10% for 1 day, 100%")).toBe("1 % for 1 hour, 10 % for 1 day, then everybody");
  expect(sayRamp("1%, 10%, 100%")).toBe("1 %, 10 %, then everybody: on each time somebody says so");
});
