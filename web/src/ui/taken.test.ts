import { expect, test } from "vitest";
import { bars, csv } from "./taken";

test("figures are taken away as CSV", () =>
  expect(csv([["day", "Sent, all"], ["2026-05-05", 1], ["2026-05-06", -2]])).toBe('day,"Sent, all"\n2026-05-05,1\n2026-05-06,-2\n'));

test("a name that a table program would reckon with stays a name", () =>
  expect(csv([["=1+1", '@a "b"']])).toBe(`'=1+1,"'@a ""b"""\n`));

test("bars are as long as their part of the longest, and names are only words", () => {
  const { svg, height } = bars("<Offer>", [{ label: "All & sundry", value: 20, says: "20" }, { label: "Some", value: 5, says: "5" }], { ink: "#000", full: "#111", empty: "#eee" });
  expect([...svg.matchAll(/width="([\d.]+)" height="16" fill="#111"/g)].map((found) => found[1])).toEqual(["460.0", "115.0"]);
  expect(svg).toContain("&lt;Offer&gt;");
  expect(svg).toContain("All &amp; sundry");
  expect(height).toBe(140);
});
