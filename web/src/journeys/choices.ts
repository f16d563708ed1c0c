/** Fields of which only one can be filled, such as the ways of naming a time: which one it is, and taking another. */
import { withField, type Field } from "./document";
import { first } from "./edit";

/** The key of the field that is meant: the last that is filled, else the first. */
export function chosenOf(field: Field, own: Record<string, unknown>): string | undefined {
  const keys = field.choose?.map(([key]) => key);
  return keys?.findLast((key) => key in own) ?? keys?.[0];
}

/** Whether an inner field is asked for: of those that exclude each other, only the chosen one and the first, which goes along with any. */
export function isOpen(field: Field, inner: Field, chosen: string | undefined): boolean {
  return inner.key === chosen || !field.choose?.slice(1).some(([key]) => key === inner.key);
}

/** Take another: what the others say, and what is only said of them, goes. */
export function choosing(field: Field, own: Record<string, unknown>, next: string): Record<string, unknown> {
  const others = (field.choose ?? []).slice(1).map(([key]) => key).filter((key) => key !== next);
  const fields = field.fields ?? [];
  const gone = fields.filter((inner) => others.includes(inner.key) || (inner.of && !inner.of.includes(next))).map((inner) => inner.key);
  const kept = gone.reduce((left, key) => withField(left, key, undefined), own);
  const inner = fields.find((each) => each.key === next);
  if (!inner || next in kept) return kept;
  const begins = inner.ask === "date" ? "" : (inner.also ?? []).find((other) => typeof other === "string") ?? first(inner);
  return { ...kept, [next]: begins };
}

/** A trigger that starts by another event: where that was only ever seen as a page or a screen, it starts by such. */
export function startingBy(trigger: Record<string, unknown>, event: unknown, seen: readonly { name: string; kind: string }[]): Record<string, unknown> {
  const kinds = seen.filter((each) => each.name === event).map((each) => each.kind);
  const begun = withField(trigger, "event", event);
  return !kinds.length || kinds.includes(String(trigger.kind ?? "track")) ? begun : withField(begun, "kind", kinds.includes("track") ? undefined : kinds[0]);
}
