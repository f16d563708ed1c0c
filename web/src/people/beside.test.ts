import { expect, test } from "vitest";
import { beside } from "./beside";

test("what is asked for first stands first, in words, and the rest under its own name", () => {
  const context = {
    screen: { width: 1440 }, library: { name: "analytics.js", version: "2.1" }, campaign: { name: "spring", source: "news" }, ip: "192.0.2.1",
    page: { title: "Pricing", url: "https://e.x/pricing?a", path: "/pricing", search: "?a", referrer: "https://search.example/" }, locale: "de-DE",
  };
  expect(beside({ context, integrations: { All: false }, sentAt: "2026-11-01T10:00:01Z", timestamp: "2026-11-01T10:00:00Z" })).toEqual([
    ["Page", "Pricing\nhttps://e.x/pricing?a"], ["Came from", "https://search.example/"], ["Campaign", { name: "spring", source: "news" }], ["Language", "de-DE"], ["IP address", "192.0.2.1"],
    ["Sent by", "analytics.js 2.1"], ["screen", { width: 1440 }], ["Destinations", { All: false }], ["Its sender’s time", "2026-11-01T10:00:00Z"], ["Sent at", "2026-11-01T10:00:01Z"],
  ]);
});

test("an app's phone is named, and a page without an address by its path", () => {
  expect(beside({ context: { app: { name: "Shop", version: "3" }, device: { manufacturer: "Acme", model: "One", type: "ios", token: "t" }, os: { name: "iOS", version: "18" } } })).toEqual([["App", "Shop 3"], ["Device", "Acme One"], ["System", "iOS 18"]]);
  expect(beside({ context: { page: { path: "/a", search: "?b" }, device: { type: "android" } } })).toEqual([["Page", "/a?b"], ["Device", "android"]]);
});

test("whatever a client sends, nothing is said of what is empty", () => {
  expect(beside({})).toEqual([]);
  expect(beside({ context: { page: "home", campaign: {}, app: null, device: [], constructor: 1, traits: {} }, integrations: "All" })).toEqual([["constructor", 1], ["Destinations", "All"]]);
});
