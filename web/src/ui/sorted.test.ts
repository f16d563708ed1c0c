import { expect, test } from "vitest";
import { order, pressed, sorted } from "./sorted";

const rows = [{ name: "step 10", people: 2 }, { name: "Step 9", people: 2 }, { name: "an end", people: 30 }];
const worth = { name: (row: { name: string }) => row.name, people: (row: { people: number }) => row.people };
const names = (sort?: string) => sorted(rows, sort, worth).map((row) => row.name);

test("texts are sorted as people count, figures by size, and equals stay as they came", () => {
  expect(names("name")).toEqual(["an end", "Step 9", "step 10"]);
  expect(names("-people")).toEqual(["an end", "step 10", "Step 9"]);
  expect(names("people")).toEqual(["step 10", "Step 9", "an end"]);
});

test("what names no column changes nothing", () => {
  expect(names()).toEqual(rows.map((row) => row.name));
  expect(names("-constructor")).toEqual(rows.map((row) => row.name));
});

test("a head pressed thrice gives the order up again", () => {
  const by = (columnAccessor: string) => ({ columnAccessor, direction: "asc" as const });
  expect(pressed(by("people"), undefined, ["people"])).toBe("-people");
  expect(pressed(by("people"), "-people", ["people"])).toBe("people");
  expect(pressed(by("people"), "people", ["people"])).toBeUndefined();
  expect(pressed(by("name"), "-people", ["people"])).toBe("name");
  expect(pressed(by("name"), "name", ["people"])).toBe("-name");
  expect(order("-people")).toEqual({ columnAccessor: "people", direction: "desc" });
});
