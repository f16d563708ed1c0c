import { expect, test } from "vitest";
import { fitting, type Action, type Group } from "./fitting";

const groups: Group<Action>[] = [
  { group: "Pages", actions: [{ label: "Journeys", keywords: ["campaigns"] }, { label: "Settings" }] },
  { group: "Do", actions: [{ label: "New journey", keywords: "create add" }] },
  { group: "Journeys", actions: [{ label: "Trial onboarding", description: "welcome" }] },
  { group: "Do", actions: [{ label: "Pause Trial onboarding…" }] },
];
const labels = (query: string) => fitting(query, groups).map(({ group, actions }) => [group, ...actions.map(({ label }) => label)]);

test("nothing typed leaves everything, groups of one name as one", () => {
  expect(labels(" ")).toEqual([["Pages", "Journeys", "Settings"], ["Do", "New journey", "Pause Trial onboarding…"], ["Journeys", "Trial onboarding"]]);
});
test("every word has to be there, in any order and place", () => {
  expect(labels("onboarding pause")).toEqual([["Do", "Pause Trial onboarding…"]]);
  expect(labels("create journey")).toEqual([["Do", "New journey"]]);
  expect(labels("create segment")).toEqual([]);
});
test("what begins so comes first", () => {
  expect(labels("trial")).toEqual([["Journeys", "Trial onboarding"], ["Do", "Pause Trial onboarding…"]]);
});
