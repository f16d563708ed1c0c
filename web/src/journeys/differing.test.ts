import { expect, test } from "vitest";
import { marked } from "./differing";

const change = (what: string, step: string) => ({ what, step, text: "" });

test("what is new is marked on the new version alone, what is gone on the old one, and what changed on both", () => {
  const { fresh, former } = marked([change("settings", ""), change("added", "again"), change("removed", "idea"), change("changed", "rest"), change("named", "hello")]);
  expect([...fresh]).toEqual([["trigger", "changed"], ["again", "added"], ["rest", "changed"], ["hello", "changed"]]);
  expect([...former]).toEqual([["trigger", "changed"], ["idea", "removed"], ["rest", "changed"], ["hello", "changed"]]);
});

test("a step that moved and changed has changed, in whichever order that is told", () => {
  expect(marked([change("moved", "rest"), change("changed", "rest")]).fresh.get("rest")).toBe("changed");
  expect(marked([change("changed", "rest"), change("moved", "rest")]).former.get("rest")).toBe("changed");
  expect(marked([change("moved", "rest")]).fresh.get("rest")).toBe("moved");
});
