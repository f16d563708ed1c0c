import { expect, test } from "vitest";
import type { Forms } from "./document";
import { plainly, type Flaw } from "./useCheck";

const forms: Forms = {
  journey: { title: "", about: "" },
  common: [],
  triggers: { event: { title: "An event happens", about: "", fields: [{ key: "event", ask: "event", title: "Event" }] } },
  steps: { send: { title: "Send a message", about: "", fields: [{ key: "send", ask: "template", title: "Message" }] } },
};
const journey = { journey: "a", trigger: { event: "A" }, steps: [{ id: "hello", send: "gone" }] };
const flaw: Flaw = { step: "hello", field: "send", part: "", way: 0, line: 1, column: 1, warning: false, message: "there is no template `gone`", hint: "write `templates/gone.md`" };

test("what is wrong is kept, once, as it stands on a page", () => {
  expect(plainly([flaw, flaw], journey, forms)).toEqual([{ ...flaw, message: "There is no template “gone”", hint: "write “templates/gone.md”" }]);
});

test("what is only empty is said so", () => {
  const empty = { ...journey, steps: [{ id: "hello", send: "" }] };
  expect(plainly([{ ...flaw, message: "`send` names no template" }], empty, forms)).toMatchObject([{ message: "Message is still empty", hint: "" }]);
});
