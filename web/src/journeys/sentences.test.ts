import { expect, test } from "vitest";
import { spoken } from "./sentences";

const STEPS = new Map([
  ["settle", { title: "Wait", line: "1 day", arm: "" }],
  ["rest", { title: "Let them settle", line: "Wait: 1 day", arm: "" }],
  ["welcome", { title: "Send a message", line: "welcome", arm: "" }],
]);
const said = (text: string) => spoken(text, STEPS).map(([part, names]) => (names ? `<${part}>` : part)).join("");

test("steps are called as on the canvas, and what is said behind them is not said twice", () => {
  expect(said("step `settle` moved after `welcome`")).toBe("step <Wait: 1 day> moved after <Send a message: welcome>");
  expect(said("`settle`: wait 1 day became 2 days")).toBe("<Wait>: 1 day became 2 days");
  expect(said("`rest`: wait 1 day became 2 days")).toBe("<Let them settle>: wait 1 day became 2 days");
  expect(said("new step: `settle` (wait: 1 day) to the front")).toBe("new step: <Wait: 1 day> to the front");
  expect(said("New step: `settle` (wait: 1 day) after `welcome`")).toBe("New step: <Wait: 1 day> after <Send a message: welcome>");
  expect(said("new step: `settle` (wait: 1 day) into `gone`, otherwise, after `welcome`")).toBe("new step: <Wait: 1 day> into <gone>, otherwise, after <Send a message: welcome>");
  expect(said("new step: `gone` (wait: 1 day) to the front")).toBe("new step: <gone> (wait: 1 day) to the front");
  expect(said("step `gone` removed")).toBe("step <gone> removed");
  expect(said("step `settle` (wait: 1 day) removed")).toBe("step <Wait: 1 day> removed");
  expect(said("Step `gone` (wait: 2 days) removed")).toBe("Step <Wait: 2 days> removed");
});
