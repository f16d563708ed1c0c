import { expect, test } from "vitest";
import { choosing, chosenOf, isOpen, startingBy } from "./choices";
import type { Field } from "./document";

const FIELD: Field = {
  key: "wait_for_time", ask: "fields", title: "Until", required: true,
  choose: [["at", "A time of day"], ["days", "Certain weekdays"], ["date", "One date"], ["attribute", "A date that each person has"]],
  fields: [
    { key: "days", ask: "choice", title: "Days", many: true, choices: ["monday"], also: ["weekdays"] },
    { key: "date", ask: "date", title: "Date", example: "2026-12-24" },
    { key: "attribute", ask: "attribute", title: "Attribute" },
    { key: "offset", ask: "offset", title: "Before or after", of: ["attribute"] },
    { key: "at", ask: "clock", title: "Time of day", example: "09:00" },
    { key: "zone", ask: "zone", title: "Whose clock" },
  ],
};
const asked = (own: Record<string, unknown>) => FIELD.fields!.filter((inner) => isOpen(FIELD, inner, chosenOf(FIELD, own))).map((inner) => inner.key);

test("only what belongs to the chosen way is asked for", () => {
  expect(asked({ at: "09:00" })).toEqual(["offset", "at", "zone"]);
  expect(asked({ at: "09:00", attribute: "renews_at" })).toEqual(["attribute", "offset", "at", "zone"]);
});

test("another way takes the place of the one before, with what was said of it", () => {
  expect(choosing(FIELD, { at: "10:00", zone: "person" }, "days")).toEqual({ at: "10:00", zone: "person", days: "weekdays" });
  expect(choosing(FIELD, { attribute: "renews_at", offset: "3 days before", at: "10:00" }, "date")).toEqual({ at: "10:00", date: "" });
  expect(choosing(FIELD, { date: "2026-12-24" }, "at")).toEqual({ at: "09:00" });
});

test("a goal by an event has no rule beside it, and one by a rule nothing of an event", () => {
  const goal: Field = {
    key: "goal", ask: "fields", title: "Goal", choose: [["event", "They do something"], ["rule", "A rule becomes true of them"]],
    fields: [
      { key: "rule", ask: "rule", title: "Reached when" }, { key: "event", ask: "event", title: "Event", of: ["event"] },
      { key: "where", ask: "where", title: "Only where", of: ["event"] }, { key: "within", ask: "duration", title: "Within", required: true, example: "14 days" },
    ],
  };
  expect(choosing(goal, { rule: 'plan = "pro"', within: "7 days" }, "event")).toEqual({ event: "", within: "7 days" });
  expect(choosing(goal, { event: "Bought", where: "total > 5", within: "7 days" }, "rule")).toEqual({ rule: "", within: "7 days" });
});

test("an event that is a page starts a journey as a page", () => {
  const seen = [{ name: "Pricing", kind: "page" }, { name: "Signed Up", kind: "track" }, { name: "Home", kind: "track" }, { name: "Home", kind: "page" }];
  expect(startingBy({ event: "" }, "Pricing", seen)).toEqual({ event: "Pricing", kind: "page" });
  expect(startingBy({ event: "Pricing", kind: "page" }, "Signed Up", seen)).toEqual({ event: "Signed Up" });
  expect(startingBy({ event: "", kind: "page" }, "Home", seen)).toEqual({ event: "Home", kind: "page" });
  expect(startingBy({ event: "", kind: "page" }, "Never seen", seen)).toEqual({ event: "Never seen", kind: "page" });
});
