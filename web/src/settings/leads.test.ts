import { expect, test } from "vitest";
import { leads } from "./leads";

const entry = (kind: string, name: string, after: unknown = null) => leads({ kind, name, before: null, after });

test("what has a page of its own leads to it, its draft too", () => {
  expect(entry("journey", "welcome back")).toEqual({ to: "journeys/welcome%20back" });
  expect(entry("draft of template", "hello")).toEqual({ to: "content/template/hello" });
});

test("what stands in a list leads to the list, narrowed to it", () => {
  expect(entry("member", "ada@example.com")).toEqual({ to: "settings/team", search: { q: "ada@example.com" } });
  expect(entry("source", "shop", { kind: "track" })).toEqual({ to: "data/sources", search: { q: "shop" } });
  expect(entry("source", "reports", { kind: "app" })).toEqual({ to: "settings/keys", search: { q: "reports" } });
});

test("settings lead to the page on which the first of them is set", () => {
  expect(entry("settings", "sender, senders")).toEqual({ to: "settings/sending" });
  expect(entry("settings", "brand")).toEqual({ to: "settings/brand" });
  expect(entry("settings", "limits, topics")).toEqual({ to: "settings/topics" });
});

test("people and work on many of them lead to people", () => {
  expect(entry("person", "abc")).toEqual({ to: "people/abc" });
  for (const kind of ["import", "undo", "work on many people", "add of many people"]) expect(entry(kind, "Put into friends")).toEqual({ to: "people" });
});

test("what leads nowhere stays text", () => {
  expect(entry("audit log", "")).toBeNull();
});
