import { expect, test } from "vitest";
import { asking, declared } from "./asking";

test("steps that ask are found in every arm", () => {
  const steps = [
    { id: "score", run: "score.lead" },
    { id: "which", branch: [{ when: "a = 1", steps: [{ id: "call", webhook: "https://a.example/x", data: { run: 5 } }] }, { otherwise: [{ id: "b", run: "b" }] }] },
    { id: "mail", send: "run" },
  ];
  expect(asking({ journey: "x", steps })).toEqual([{ step: "score", kind: "run" }, { step: "call", kind: "webhook" }, { step: "b", kind: "run" }]);
});

test("answers are JSON, pairs or words, and failures have a reason", () => {
  const said = declared({
    a: { how: "answers", text: '{"paid": true}' }, b: { how: "answers", text: "paid: true, amount: 5" }, c: { how: "answers", text: "ok" },
    d: { how: "fails", text: "" }, e: { how: "fails", text: "503" }, f: { how: "left", text: "x" },
  });
  expect(said.answers).toEqual({ a: { paid: true }, b: { paid: true, amount: 5 }, c: "ok" });
  expect(said.failures).toEqual({ d: "the server does not answer", e: "503" });
});
