/** Durations as documents write them: `2 days`, `1 hour`. What is written otherwise (`1 day 2 hours`) is left as it is. */

export const UNITS = ["seconds", "minutes", "hours", "days", "weeks"];

/** The count and the unit, in the plural; null where it is of several parts, or none. */
export function readDuration(text: string): [number, string] | null {
  const found = /^(\d+) (second|minute|hour|day|week)s?$/.exec(text.trim());
  return found ? [Number(found[1]), `${found[2]!}s`] : null;
}

export function sayDuration(count: number, unit: string): string {
  return `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
}
