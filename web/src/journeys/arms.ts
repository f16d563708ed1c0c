/** Edits of the ways out of a step: a list of questions, each with the steps that follow from it. */
import { withField } from "./document";

export type Item = Record<string, unknown>;

/** Another answer in a way's field; `undefined` takes it out. */
export function asked(items: Item[], n: number, key: string, value: unknown): Item[] {
  return items.map((item, m) => (m !== n ? item : order(withField(item, key, value))));
}

/** One way more: what is otherwise stays last. */
export function added(items: Item[], item: Item): Item[] {
  const rest = items.some((own) => "otherwise" in own);
  return rest && !("otherwise" in item) ? [...items.slice(0, -1), item, ...items.slice(-1)] : [...items, item];
}

export function without(items: Item[], n: number): Item[] {
  return items.filter((_, m) => m !== n);
}

/** A way earlier (-1) or later (1) among them. */
export function shifted(items: Item[], n: number, by: -1 | 1): Item[] {
  const next = [...items];
  [next[n], next[n + by]] = [next[n + by]!, next[n]!];
  return next;
}

/** Hold a tenth out: where the shares are a hundred together, they stay so. */
export function holdingOut(items: Item[]): Item[] {
  const whole = items.reduce((sum, item) => sum + Number(item.share ?? 0), 0);
  const less = items.map((item) => ({ ...item, share: (Number(item.share) * 9) / 10 }));
  if (whole === 100 && less.every((item) => Number.isInteger(item.share))) return [...less, { holdout: 10 }];
  return [...items, { holdout: Math.round((whole / 9) * 100) / 100 }];
}

/** Questions come before what follows from them, as in a file. */
function order(item: Item): Item {
  const { steps, ...rest } = item;
  return steps === undefined ? rest : { ...rest, steps };
}
