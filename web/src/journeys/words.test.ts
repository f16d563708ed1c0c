import { describe, expect, it } from "vitest";
import type { Field, Forms } from "./document";
import { filled, saysArm, saysStep, saysTime, saysTrigger, saysValue } from "./words";
import { readable } from "./called";

const field = (key: string, ask: string, more: Partial<Field> = {}): Field => ({ key, ask, title: key, ...more });
const forms: Forms = {
  journey: { title: "", about: "" },
  common: [],
  triggers: { event: { title: "An event happens", about: "", fields: [field("event", "event")] } },
  steps: {
    wait: { title: "Wait", about: "", fields: [field("wait", "duration")] },
    branch: { title: "Branch", about: "", fields: [field("branch", "fields", { many: true })] },
    wait_for_time: { title: "Wait for a time", about: "", fields: [field("wait_for_time", "fields", { fields: [field("at", "clock", { title: "At" }), field("zone", "zone", { title: "Zone" })] })] },
  },
};
const arm = (question: Record<string, unknown>, otherwise = false) => ({ list: [], steps: [], question, otherwise });

describe("words", () => {
  it("says what a step does, by its name where it has one", () => {
    expect(saysStep({ id: "w", wait: "3 days" }, forms)).toEqual({ title: "Wait", line: "3 days" });
    expect(saysStep({ id: "w", name: "Breathe", wait: "3 days" }, forms)).toEqual({ title: "Breathe", line: "Wait: 3 days" });
    expect(saysStep({ id: "b", branch: [{ when: "a" }, { otherwise: [] }] }, forms).line).toBe("2 ways");
    expect(saysStep({ id: "t", wait_for_time: { at: "09:00", zone: "person" } }, forms).line).toBe("until it is 09:00 on their clock");
    expect(saysTime({ attribute: "renews_at", offset: "3 days before", at: "09:00", missing: "exit" })).toBe("until 3 days before renews_at, at 09:00; whoever has no such date leaves");
    expect(saysTime({ days: ["monday", "thursday"], at: "08:00", zone: "Asia/Tokyo" })).toBe("until the next Monday or Thursday, at 08:00 in Asia/Tokyo");
    expect(saysTime({ date: "2026-12-24", passed: "next year" })).toBe("until 2026-12-24; once it has passed, until next year’s");
    expect(saysTime({ days: "weekdays", at: "08:00" })).toBe("until the next weekday, at 08:00");
    expect(saysTime("")).toBe("");
    expect(saysStep({ id: "gone", exit: true }, { ...forms, steps: { exit: { title: "Exit", about: "", fields: [field("exit", "text")] } } })).toEqual({ title: "Exit", line: "" });
    expect(saysStep({ id: "odd", dance: 1 }, forms)).toEqual({ title: "odd", line: "" });
  });
  it("calls messages and segments what people call them, where it is known", () => {
    const names = { template: new Map([["welcome", "Welcome to Brightboard, …"]]), segment: new Map([["paying", "Paying customers"]]) };
    const named = { ...forms, names, steps: { send: { title: "Send a message", about: "", fields: [field("send", "template")] } }, triggers: { segment: { title: "Segment", about: "", fields: [field("segment", "segment")] } } };
    expect(saysStep({ id: "s", send: "welcome" }, named).line).toBe("Welcome to Brightboard, …");
    expect(saysStep({ id: "s", send: "other" }, named).line).toBe("other");
    expect(saysTrigger({ journey: "j", trigger: { segment: "entered paying" }, steps: [] }, named).line).toBe("entered Paying customers");
  });
  it("reads a subject without its Liquid", () => {
    expect(readable('Welcome, {{ customer.first_name | default: "friend" }}')).toBe("Welcome, …");
    expect(readable("{% if a %}Hello{% endif %}")).toBe("Hello");
    expect(readable("{{ event.subject }}")).toBe("");
  });
  it("says what begins a run and what is asked on the way", () => {
    expect(saysTrigger({ journey: "j", trigger: { event: "Signed Up" }, steps: [] }, forms)).toEqual({ title: "An event happens", line: "Signed Up" });
    expect(["plan = 1", "30 %", "After 2 days", "Otherwise"]).toEqual([
      saysArm(arm({ when: "plan = 1" })), saysArm(arm({ share: 30 })), saysArm(arm({ at_most: "2 days" })), saysArm(arm({}, true)),
    ]);
  });
  it("shows what has a value, and no list of steps", () => {
    expect(saysValue(field("with", "values"), { a: 1, b: true })).toBe("a: 1, b: yes");
    const fields = [field("wait", "duration"), field("note", "lines"), field("steps", "steps")];
    expect(filled(fields, { wait: "1 day", steps: [] }).map(([own, said]) => [own.key, said])).toEqual([["wait", "1 day"]]);
  });
});
