import { expect, test } from "vitest";
import { doable } from "./verbs";

const journeys = [
  { journey: "onboarding", name: "Trial onboarding", status: "live", version: 2 },
  { journey: "cart", name: "Left at the checkout", status: "paused", version: 1 },
  { journey: "idea", name: "An idea", status: "draft", version: 0 },
];
const all = () => true;
const labels = (typed: string, sees: (permission: string) => boolean = all) => doable(typed, journeys, sees).map(({ label }) => label);

test("a verb is offered for what it can be done with", () => {
  expect(labels("pau")).toEqual(["Pause Trial onboarding…"]);
  expect(labels("resume")).toEqual(["Resume Left at the checkout…"]);
  expect(labels("stop")).toEqual(["Stop Trial onboarding…", "Stop Left at the checkout…"]);
  expect(labels("edit")).toHaveLength(3);
  expect(labels("versions")).toHaveLength(2);
});
test("the rest of what is typed names the journey, by its name or its id", () => {
  expect(labels("Pause  onb")).toEqual(["Pause Trial onboarding…"]);
  expect(labels("stop cart")).toEqual(["Stop Left at the checkout…"]);
  expect(labels("report onboarding")).toEqual(["Report of Trial onboarding"]);
  expect(labels("report of trial")).toEqual(["Report of Trial onboarding"]);
  expect(labels("pause checkout")).toEqual([]);
});
test("another word for it does as well, and leads to the same", () => {
  expect(doable("roll back cart", journeys, all)).toEqual([{ label: "Versions of Left at the checkout", path: "/journeys/cart", search: { versions: true } }]);
  expect(doable("hold onboarding", journeys, all)).toEqual([{ label: "Pause Trial onboarding…", path: "/journeys/onboarding", search: { move: "pause" } }]);
});
test("what a role may not do is not offered, and names alone are no verbs", () => {
  expect(labels("pause onboarding", (permission) => permission !== "journeys:publish")).toEqual([]);
  expect(labels("onboarding")).toEqual([]);
});
