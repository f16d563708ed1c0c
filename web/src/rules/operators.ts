/** What can be said of an attribute: the words in the list, and how each is a clause. Pure. */
import type { Clause, Value } from "./sketch";

/** `takes`: which fields stand behind it. */
export interface Operator {
  id: string;
  says: string;
  takes: "value" | "values" | "text" | "pattern" | "nothing" | "moment" | "duration" | "day";
  /** Offered only where time may move: not of an event's properties. */
  moves?: boolean;
}

export const OPERATORS: readonly Operator[] = [
  { id: "=", says: "is", takes: "value" },
  { id: "!=", says: "is not", takes: "value" },
  { id: "one_of", says: "is one of", takes: "values" },
  { id: "none_of", says: "is none of", takes: "values" },
  { id: "contains", says: "contains", takes: "value" },
  { id: "contains_not", says: "does not contain", takes: "value" },
  { id: ">", says: "is more than", takes: "value" },
  { id: ">=", says: "is at least", takes: "value" },
  { id: "<", says: "is less than", takes: "value" },
  { id: "<=", says: "is at most", takes: "value" },
  { id: "present", says: "has a value", takes: "nothing" },
  { id: "missing", says: "has no value", takes: "nothing" },
  { id: "starts_with", says: "starts with", takes: "text" },
  { id: "ends_with", says: "ends with", takes: "text" },
  { id: "matches", says: "matches the pattern", takes: "pattern" },
  { id: "before", says: "is before", takes: "moment" },
  { id: "after", says: "is after", takes: "moment" },
  { id: "ago", says: "was within the last", takes: "duration", moves: true },
  { id: "from now", says: "is within the next", takes: "duration", moves: true },
  { id: "anniversary", says: "has its anniversary", takes: "day", moves: true },
];

/** Which of them a clause is, and whether a `not` is left that it does not say itself. */
export function operatorOf(clause: Clause, not: boolean): { id: string; not: boolean } {
  switch (clause.clause) {
    case "compare": return { id: clause.operator!, not };
    case "one_of": return { id: not ? "none_of" : "one_of", not: false };
    case "contains": return { id: not ? "contains_not" : "contains", not: false };
    case "near": return { id: clause.direction!, not };
    default: return { id: clause.clause, not };
  }
}

const DAY = 86_400e6;

/** The clause that an operator makes of what stood there; what was typed is kept where it fits. */
export function withOperator(clause: Clause, not: boolean, id: string): { clause: Clause; not: boolean } {
  const path = clause.path ?? [""];
  const value: Value = clause.value ?? clause.values?.[0] ?? clause.text ?? clause.pattern ?? "";
  const kept = operatorOf(clause, not).not;
  switch (id) {
    case "one_of":
    case "none_of": return { clause: { clause: "one_of", path, values: clause.values ?? (value === "" ? [] : [value]) }, not: id === "none_of" };
    case "contains":
    case "contains_not": return { clause: { clause: "contains", path, value }, not: id === "contains_not" };
    case "present":
    case "missing": return { clause: { clause: id, path }, not: kept };
    case "starts_with":
    case "ends_with": return { clause: { clause: id, path, text: String(value) }, not: kept };
    case "matches": return { clause: { clause: id, path, pattern: String(value) }, not: kept };
    case "before":
    case "after": return { clause: { clause: id, path, moment: clause.moment ?? { moment: "from_now", offset: 0 } }, not: kept };
    case "anniversary": return { clause: { clause: id, path, moment: clause.moment ?? { moment: "from_now", offset: 0 } }, not: kept };
    case "ago":
    case "from now": return { clause: { clause: "near", path, duration: clause.duration ?? 7 * DAY, direction: id }, not: kept };
    default: return { clause: { clause: "compare", path, operator: id, value }, not: kept };
  }
}
