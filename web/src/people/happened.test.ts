import { expect, test } from "vitest";
import { happened, isTold, step } from "./happened";

const names = { journey: (id: string) => (id === "offer" ? "The offer" : id), step: (_: string, step: string) => (step === "s2" ? "Wait: 2 days" : step), message: (id: string) => (id === "tips" ? "Five tips for …" : id) };
const row = (kind: string, name: string, data: unknown) => ({ time: "", cursor: "", kind, name, data });
const says = (kind: string, name: string, data: unknown) => happened(row(kind, name, data), names);

test("moves of a run are said as the canvas would", () => {
  expect(says("journey", "offer", { what: "entered", step: "", why: '"Trial Ending"' })).toEqual({ says: "Entered The offer", about: '"Trial Ending"' });
  expect(says("journey", "offer", { what: "waiting", step: "s2" })).toEqual({ says: "The offer: waits at Wait: 2 days", about: "" });
  expect(says("journey", "offer", { what: "done", step: "", why: "reached the end" }).says).toBe("Went through The offer");
  expect(says("journey", "offer", { what: "exited", step: "s2", why: "they paid" })).toEqual({ says: "Left The offer at Wait: 2 days", about: "they paid" });
  expect(says("journey", "offer", { what: "converted", value: 12_500_000, currency: "EUR" }).about).toBe("worth 12.50 EUR");
  expect(says("journey", "gone", { what: "danced", step: "x" }).says).toBe("gone: danced x");
});

test("where the journey is known, moves are said without it", () => {
  const told = (move: object) => step("offer", { what: "", step: "", version: 0, why: "", ...move }, names);
  expect(told({ what: "entered", version: 2, why: '"Trial Ending"' })).toEqual({ says: "Entered the journey", about: 'by version 2: "Trial Ending"' });
  expect(told({ what: "waiting", step: "s2" })).toEqual({ says: "Waits at Wait: 2 days", about: "" });
  expect(told({ what: "held_out", step: "s2" }).says).toBe("Was held out of the journey at Wait: 2 days");
  expect(told({ what: "stopped", step: "s2" }).says).toBe("The journey was stopped at Wait: 2 days");
});

test("other steps that a move speaks of are named, and a step of a former version is not called by today's terms", () => {
  const asked: unknown[] = [];
  const noted = { ...names, step: (journey: string, step: string, version?: number) => { asked.push(version); return names.step(journey, step); } };
  expect(step("offer", { what: "branched", step: "again", version: 2, why: "s2" }, noted)).toEqual({ says: "Took a way at again", about: "by version 2: Wait: 2 days" });
  expect(asked).toContain(2);
  expect(says("journey", "offer", { what: "waiting", step: "s2", why: "moved to s2 by version 3; it waits on" }).about).toBe("moved to “Wait: 2 days” by version 3; it waits on");
  expect(says("journey", "offer", { what: "passed", step: "g", why: "was sent to s2 5 times already" }).about).toBe("was sent to “Wait: 2 days” 5 times already");
  expect(says("journey", "offer", { what: "branched", step: "b", why: 'plan = "team"' }).about).toBe('plan = "team"');
});

test("messages, names and merges are said in words, and nothing twice", () => {
  expect(says("message", "opened email", { template: "tips", journey: "offer", step: "s2", topic: "news", run: "r" })).toEqual({ says: "Opened the email “Five tips for …”", about: "from The offer, Wait: 2 days\ntopic: news" });
  expect(says("planned", "tips", { journey: "offer", step: "s2", channel: "email", run: "r" })).toEqual({ says: "Message planned: Five tips for …", about: "from The offer, Wait: 2 days\nchannel: email" });
  expect(says("planned", "tips", { again_of: "d" }).says).toBe("Message sent again: Five tips for …");
  expect(says("link", "named", { take: [["id", "7"], ["email", "a@example.com"]], release: [] })).toEqual({ says: "Known by", about: "id 7\nemail a@example.com" });
  expect(says("link", "named", { take: [], release: [["email", "a@example.com"]] })).toEqual({ says: "No longer known by", about: "email a@example.com" });
  expect(says("link", "absorbs", { absorbed: "x" }).says).toBe("Somebody else was merged into them");
  expect(says("outdated", "", { plan: "trial" })).toEqual({ says: "Came too late: something newer was known", about: "plan: trial" });
  expect(isTold(row("journey", "offer", { what: "planned" }))).toBe(false);
  expect(isTold(row("planned", "tips", {}))).toBe(true);
});

test("groups, consent and devices are said in words, and what changed nothing is left out", () => {
  expect(says("group", "company acme", { is: "group", attributes: { seats: 9 }, relation: { role: "admin" }, member: true })).toEqual({ says: "Belongs to company acme", about: "seats: 9\nrole: admin" });
  expect(says("group", "company acme", { is: "group_changed", attributes: { seats: 12 }, gone: false })).toEqual({ says: "company acme changed", about: "seats: 12" });
  expect(says("group", "company acme", { is: "ungroup", whole: false }).says).toBe("Left company acme");
  expect(isTold(row("group", "company acme", { is: "group_changed", attributes: {}, gone: false }))).toBe(false);
  expect(says("consent", "app", { is: "consent", unsubscribed: null, topics: { tips: false }, channels: { sms: true }, how: "app", by: "Ada" })).toEqual({ says: "Said what they want to get", about: "tips: no\nsms: yes\nsaid by app, from Ada" });
  expect(says("consent", "api", { is: "consent", unsubscribed: true, topics: {}, channels: {}, how: "", by: "" })).toEqual({ says: "Unsubscribed from everything", about: "" });
  expect(says("device", "ios", { is: "device", platform: "ios", attributes: {}, gone: false }).says).toBe("Has a device: ios");
});
