import { expect, test } from "vitest";
import { OPERATORS, operatorOf, withOperator } from "./operators";
import { counted, dateField, fromFields, lasting, readings, valueOf } from "./values";

test("each operator makes a clause that is that operator, and keeps the name and the value", () => {
  for (const from of OPERATORS) {
    const first = withOperator({ clause: "compare", path: ["plan"], operator: "=", value: "pro" }, false, from.id);
    expect(operatorOf(first.clause, first.not)).toEqual({ id: from.id, not: false });
    for (const to of OPERATORS) {
      const next = withOperator(first.clause, first.not, to.id);
      expect(operatorOf(next.clause, next.not)).toEqual({ id: to.id, not: false });
      expect(next.clause.path).toEqual(["plan"]);
      if (from.takes === "value" && to.takes === "values") expect(next.clause.values).toEqual(["pro"]);
      if (from.takes === "value" && to.takes === "text") expect(next.clause.text).toBe("pro");
    }
  }
});

test("a duration has the largest unit that says it whole", () => {
  expect(counted(90 * 60e6)).toEqual([90, "minutes"]);
  expect(counted(14 * 86_400e6)).toEqual([14, "days"]);
  expect(counted(lasting(7, "hours"))).toEqual([7, "hours"]);
});

test("times are UTC, with the day alone at midnight", () => {
  const noon = fromFields("2026-03-01", "12:30")!;
  expect(dateField(noon)).toEqual({ day: "2026-03-01", clock: "12:30" });
  expect(dateField(fromFields("2026-03-01", "")!)).toEqual({ day: "2026-03-01", clock: "" });
  expect(fromFields("", "")).toBeNull();
});

test("what is typed is a number only where it reads as one and the attribute has numbers", () => {
  expect(valueOf("5", ["number"])).toBe(5);
  expect(valueOf("5", ["text"])).toBe("5");
  expect(valueOf("5", [])).toBe(5);
  expect(valueOf("007", ["number"])).toBe("007");
  expect(valueOf("true", ["true or false"])).toBe(true);
  expect(readings("12345678901234567890")).toEqual(["12345678901234567890"]);
});
