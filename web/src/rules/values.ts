/** Durations, times and values as fields hold them. Durations and instants are microseconds, as the server's. Pure. */
import type { Value } from "./sketch";

export const UNITS = [["days", 86_400e6], ["hours", 3_600e6], ["minutes", 60e6], ["seconds", 1e6]] as const;
export type Unit = (typeof UNITS)[number][0];

/** The number and the largest unit that says a duration whole. */
export function counted(duration: number): [number, Unit] {
  const [unit, size] = UNITS.find(([, size]) => duration >= size && duration % size === 0) ?? UNITS[3];
  return [duration / size, unit];
}

export const lasting = (count: number, unit: string): number => count * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);

/** A time in UTC as a field of date and time holds it: the day alone at midnight. */
export function dateField(time: number): { day: string; clock: string } {
  const iso = new Date(time / 1000).toISOString();
  return { day: iso.slice(0, 10), clock: time % 86_400e6 === 0 ? "" : iso.slice(11, 16) };
}

/** Microseconds of a day (`2026-01-31`) and a time of day in UTC (`09:00`, or none); null where they are no date. */
export function fromFields(day: string, clock: string): number | null {
  const at = Date.parse(`${day}T${clock || "00:00"}:00Z`);
  return Number.isNaN(at) ? null : at * 1000;
}

const NUMBER = /^-?(0|[1-9]\d{0,15})(\.\d{1,12})?$/;

/** What may be meant by what was typed: a text always; a number or a truth where it reads as one. */
export function readings(typed: string): Value[] {
  const found: Value[] = [];
  if (NUMBER.test(typed) && String(Number(typed)) === typed) found.push(Number(typed));
  if (typed === "true" || typed === "false") found.push(typed === "true");
  return [...found, typed];
}

/** What was typed, as the attribute's own type if it can be read so, else as a text. */
export function valueOf(typed: string, types: readonly string[]): Value {
  const [first] = readings(typed);
  if (typeof first === "number" && (types.includes("number") || !types.length)) return first;
  if (typeof first === "boolean" && (types.includes("true or false") || !types.length)) return first;
  return typed;
}

export const shownValue = (value: Value): string => String(value);

/** The dotted name of a path, and the path of a name. */
export const dotted = (path: readonly string[]): string => path.join(".");
export const pathOf = (name: string): string[] => name.trim().split(".").map((part) => part.trim());
