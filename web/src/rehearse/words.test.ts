import { expect, test } from "vitest";
import { later, said, values } from "./words";

const called = (step: string) => (step === "settle" ? "Wait: 1 day" : step);
const line = { at: "", after: "", text: "", journey: "welcome", step: "", move: "", message: null } as const;

test("how long after the start is said in two units at most", () => {
  const start = "2026-03-02T09:00:00Z";
  expect(later(start, start)).toBe("at once");
  expect(later(start, "2026-03-04T13:30:05Z")).toBe("2 d 4 h");
  expect(later(start, "2026-03-02T09:00:40Z")).toBe("40 s");
});

test("a move says why", () => {
  expect(said({ ...line, kind: "move", move: "refused", text: "welcome: refused (email is missing)" }, called)).toBe("Is not let in (email is missing)");
  expect(said({ ...line, kind: "move", move: "waiting", step: "settle", text: "welcome: waiting settle" }, called)).toBe("Waits at “Wait: 1 day”");
  expect(said({ ...line, kind: "move", move: "done", text: "welcome: done (reached the end)" }, called)).toBe("Reaches the end");
  expect(said({ ...line, kind: "input", text: "→ Signed Up {}" }, called)).toBe("Signed Up");
  expect(said({ ...line, kind: "set", text: 'the journey sets {"onboarded": true, "tier": "a"}' }, called)).toBe("The journey sets onboarded: true, tier: a");
  expect(said({ ...line, kind: "segment", text: "leaves segment trials" }, called, { segment: () => "On trial", message: String })).toBe("Leaves the segment On trial");
  expect(said({ ...line, kind: "input", text: '→ Signed Up {"plan": "trial", "seats": 3}' }, called)).toBe("Signed Up, plan: trial, seats: 3");
});

test("a message goes by the subject it would have, else by what it is called", () => {
  const message = { template: "need-a-hand", channel: "email", fate: "sent", reason: "", subject: "Need a hand, Ada?", text: "", html: "" } as const;
  const named = { segment: String, message: (id: string) => (id === "need-a-hand" ? "Need a hand, …?" : id) };
  const planned = { ...line, kind: "move", move: "planned", step: "nudge", text: "welcome: planned nudge (need-a-hand)" } as const;
  expect(said(planned, () => "Nudge", named)).toBe("Is to be sent “Nudge” (Need a hand, …?)");
  expect(said(planned, () => "Send a message: Need a hand, …?", named)).toBe("Is to be sent “Send a message: Need a hand, …?”");
  expect(said({ ...line, kind: "message", message }, called, named)).toBe("Message “Need a hand, Ada?”");
  expect(said({ ...line, kind: "message", message: { ...message, subject: "", reason: "there is no `phone`" } }, called, named)).toBe("Message “Need a hand, …?”: there is no “phone”");
});

test("attributes are read as they look", () => {
  expect(values("email: a@example.com\nseats: 5\nvip: true")).toEqual({ email: "a@example.com", seats: 5, vip: true });
  expect(values('plan: trial, tags: ["a"], note: one, two')).toEqual({ plan: "trial", tags: ["a"], note: "one, two" });
  expect(() => values("plan")).toThrow("says no value");
});
