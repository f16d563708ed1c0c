/** Times as people say them; the exact one on hover, and in the markup. */
import { quoted } from "../api/quoted";

const steps: [Intl.RelativeTimeFormatUnit, number][] = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Seconds by which the reader's clock and the server's may differ. */
const CLOCKS = 5;

/** `just now`, `4 minutes ago`, `yesterday`, `in a moment`, `in 2 days`. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, size] of steps) {
    // what lies ahead is rounded: of 2 hours a moment ago, 1 hour and 59 minutes are left
    if (Math.abs(seconds) >= size) return relative.format(seconds > 0 ? Math.round(seconds / size) : Math.trunc(seconds / size), unit);
  }
  return seconds > CLOCKS ? "in a moment" : "just now";
}

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g;
const brief = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A sentence of the server's as it stands on a page: its instants as the reader's clock shows them, what it marks in quotes. */
export function local(text: string, format: Intl.DateTimeFormat = brief): string {
  return quoted(text.replace(INSTANT, (instant) => format.format(new Date(instant))));
}

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dated = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** `14:05` of today, `28 Nov, 14:05` of another day. */
export function clock(at: string, now = new Date()): string {
  const moment = new Date(at);
  return (moment.toDateString() === now.toDateString() ? time : dated).format(moment);
}

const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** `28 Nov 2026`, the day it is for the reader. */
export function day(at: string): string {
  return date.format(new Date(at));
}

/** A moment as a field for date and time takes it, in the reader's zone. */
export function here(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <span>–</span>;
  return <time dateTime={at} title={exact.format(new Date(at))}>{ago(at)}</time>;
}
