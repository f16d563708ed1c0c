import { expect, test } from "vitest";
import type { Field } from "./document";
import { inForm } from "./flaws";

const FIELDS: Field[] = [
  { key: "reenter", ask: "text", title: "May come again" },
  { key: "limits", ask: "fields", title: "Limits", fields: [{ key: "over", ask: "choice", title: "When it is full", choices: ["wait", "refuse"], says: ["They wait", "They stay outside"] }, { key: "at", ask: "clock", title: "Time of day" }] },
];

test("a field of the file is called what its form calls it, with its value", () => {
  expect(inForm("write `reenter: always`, or `reenter: never`", FIELDS)).toBe("write `May come again: always`, or `May come again: never`");
  expect(inForm('write for example `at: "09:00"`', FIELDS)).toBe("write for example `Time of day: 09:00`");
  expect(inForm("`over` says what becomes of them; write `over: refuse`", FIELDS)).toBe("`When it is full` says what becomes of them; write `When it is full: They stay outside`");
});

test("what names no field stays as it is", () => {
  expect(inForm('nobody was ever seen with `plan`; write `plan = "pro"`', FIELDS)).toBe('nobody was ever seen with `plan`; write `plan = "pro"`');
});
