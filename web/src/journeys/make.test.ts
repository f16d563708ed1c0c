import { expect, it } from "vitest";
import { free, idOf } from "./make";

it("makes an id of a name, and one that nothing has", () => {
  expect(idOf("  Win back! (Überall) ")).toBe("win-back-uberall");
  expect(idOf("…")).toBe("journey");
  expect(free("hello", new Set(["hello", "hello-2"]))).toBe("hello-3");
});
