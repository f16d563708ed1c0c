/** Where two edits of a journey meet: the merged document has ours in each disputed place; this puts theirs there. */
import { withField, type Journey } from "./document";

export interface Point { where: string[]; theirs?: unknown }

/** Put the other side's value at each point. A place is named by fields, ids of steps, and arms counted from 1. */
export function settled(document: Journey, points: Point[]): Journey {
  return points.reduce<Journey>((made, point) => put(made, point.where, point.theirs) as Journey, document);
}

function put(data: unknown, where: readonly string[], value: unknown): unknown {
  const [name, ...rest] = where;
  if (name === undefined) return value;
  if (Array.isArray(data)) {
    const index = data.findIndex((each) => isNamed(each) && each.id === name);
    const at = index >= 0 ? index : isNamed(data[0]) ? -1 : Number(name) - 1;
    if (at < 0) return rest.length === 0 && value !== null && value !== undefined ? [...data, value] : data;
    const inner = put(data[at], rest, value);
    return inner === null || inner === undefined ? data.filter((_, n) => n !== at) : data.map((each, n) => (n === at ? (inner as unknown) : (each as unknown)));
  }
  const own = (data ?? {}) as Record<string, unknown>;
  const inner = put(own[name], rest, value);
  if (inner === null || inner === undefined) {
    return withField(own, name, undefined);
  }
  return { ...own, [name]: inner };
}

function isNamed(value: unknown): value is { id: string } {
  return typeof value === "object" && value !== null && typeof (value as { id?: unknown }).id === "string";
}
