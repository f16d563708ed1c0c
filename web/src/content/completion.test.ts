import { describe, expect, it } from "vitest";
import { offers } from "./completion";

const WORDS = { tags: [{ name: "if", end: "endif" }, { name: "assign", end: "" }], filters: ["date", "default"], elements: {} };
const VARIABLES = [{ path: "customer.plan", types: ["text"], example: "pro" }, { path: "event['Full Name']", types: ["text"], example: "" }];
const at = (before: string) => {
  const found = offers(before, WORDS, VARIABLES);
  return found && [before.slice(before.length - found.from), ...found.options.map((each) => each.label)];
};

describe("what is offered", () => {
  it("is tags and what ends them where a tag begins", () => expect(at("Hi {% en")).toEqual(["en", "if", "endif", "assign"]));
  it("is filters behind a bar", () => expect(at("{{ customer.plan | de")).toEqual(["de", "date", "default"]));
  it("is values else, in tags too", () => {
    expect(at("{{ customer.pl")).toEqual(["customer.pl", "customer.plan", "event['Full Name']"]);
    expect(at("{%- if event['Fu")).toEqual(["event['Fu", "customer.plan", "event['Full Name']"]);
  });
  it("is nothing of Liquid outside of it", () => expect([at("<mj-te"), at("{{ customer.plan }} and")]).toEqual([null, null]));
});
