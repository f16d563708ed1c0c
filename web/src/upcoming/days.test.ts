import { expect, test } from "vitest";
import { monday, plus, shown, turned } from "./days";

test("weeks begin on Monday, and months are shown in whole weeks", () => {
  expect(monday("2026-03-01")).toBe("2026-02-23");
  expect(monday("2026-03-02")).toBe("2026-03-02");
  expect(shown("month", "2026-03-15")).toEqual({ first: "2026-02-23", days: 42 });
  expect(shown("month", "2027-02-10")).toEqual({ first: "2027-02-01", days: 28 });
  expect(shown("week", "2026-03-15")).toEqual({ first: "2026-03-09", days: 7 });
});

test("turning goes a month, a week or a list on or back", () => {
  expect(turned("month", "2026-01-31", 1)).toBe("2026-02-01");
  expect(turned("month", "2026-03-31", -1)).toBe("2026-02-01");
  expect(turned("week", "2026-03-02", -1)).toBe("2026-02-23");
  expect(plus("2026-12-31", 1)).toBe("2027-01-01");
});
