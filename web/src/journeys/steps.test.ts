import { expect, test } from "vitest";
import type { Forms, Journey } from "./document";
import { oneLine, stepWords, toldApart } from "./steps";

const forms = {
  journey: { title: "", about: "" }, common: [], triggers: {},
  steps: {
    send: { title: "Send", about: "", fields: [{ key: "send", ask: "template", title: "Message" }] },
    branch: { title: "Branch", about: "", fields: [{ key: "branch", ask: "fields", many: true, title: "Ways", fields: [{ key: "when", ask: "rule", title: "When" }, { key: "steps", ask: "steps", title: "Steps" }] }] },
  },
} as unknown as Forms;
const journey = {
  journey: "offer", trigger: {},
  steps: [{ id: "hello", name: "Say hello", send: "welcome" }, { id: "s2", branch: [{ when: 'plan = "team"', steps: [{ id: "s3", send: "team" }] }] }],
} as Journey;

test("each step is called as on its card, with what is asked before it", () => {
  const words = stepWords(journey, forms);
  expect([...words].map(([id, each]) => [id, oneLine(each), each.arm])).toEqual([
    ["hello", "Say hello: Send: welcome", ""],
    ["s2", "Branch: 1 way", ""],
    ["s3", "Send: team", 'plan = "team"'],
  ]);
});

test("a step that leads to another names it as its card does, and which where two read alike", () => {
  const leads = { ...forms, steps: { ...forms.steps, go_to: { title: "Go to a step", about: "", fields: [{ key: "go_to", ask: "step", title: "Step" }] } } } as unknown as Forms;
  const back = { ...journey, steps: [...journey.steps, { id: "again", send: "team" }, { id: "g", go_to: "again" }, { id: "h", go_to: "hello" }, { id: "i", go_to: "gone" }] } as Journey;
  expect([...stepWords(back, leads).values()].slice(-3).map(oneLine)).toEqual(["Go to a step: Send (2 of 2): team", "Go to a step: Say hello: Send: welcome", "Go to a step: gone"]);
});

test("of steps that read alike each says which of them it is", () => {
  const twice = { ...journey, steps: [...journey.steps, { id: "again", send: "team" }] } as Journey;
  expect([...toldApart(stepWords(twice, forms)).values()].map(oneLine)).toEqual(["Say hello: Send: welcome", "Branch: 1 way", "Send (1 of 2): team", "Send (2 of 2): team"]);
});
