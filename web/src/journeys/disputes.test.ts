import { expect, it } from "vitest";
import { settled } from "./disputes";

const document = { journey: "j", name: "Ours", trigger: { event: "A" }, steps: [{ id: "a", wait: "2 days" }, { id: "b", branch: [{ when: "x", steps: [{ id: "c", wait: "1 day" }] }, { otherwise: [] }] }] };

it("puts the other side's value where it is disputed, and nothing else", () => {
  const made = settled(document, [{ where: ["steps", "a", "wait"], theirs: "3 days" }, { where: ["name"], theirs: null }, { where: ["steps", "b", "branch", "1", "steps", "c", "wait"], theirs: "9 days" }]);
  expect(made).toEqual({ journey: "j", trigger: { event: "A" }, steps: [{ id: "a", wait: "3 days" }, { id: "b", branch: [{ when: "x", steps: [{ id: "c", wait: "9 days" }] }, { otherwise: [] }] }] });
  expect(document.steps[0]).toEqual({ id: "a", wait: "2 days" });
});
it("takes a step out that they took out, and puts one back that we did", () => {
  expect(settled(document, [{ where: ["steps", "a"], theirs: null }]).steps.map((step) => step.id)).toEqual(["b"]);
  expect(settled(document, [{ where: ["steps", "z"], theirs: { id: "z", wait: "1 day" } }]).steps.map((step) => step.id)).toEqual(["a", "b", "z"]);
});
