/** Days of a calendar as `2026-03-02`: no time and no zone, so that nothing shifts where clocks change. */
export function plus(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function monday(day: string): string {
  return plus(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** The first and how many days are shown: a month in whole weeks, a week, or four weeks as a list. */
export function shown(view: "month" | "week" | "list", day: string): { first: string; days: number } {
  if (view === "list") return { first: day, days: 28 };
  if (view === "week") return { first: monday(day), days: 7 };
  const first = monday(`${day.slice(0, 8)}01`);
  let days = 28;
  while (plus(first, days).slice(0, 7) === day.slice(0, 7)) days += 7;
  return { first, days };
}

/** A day of the month, or the span, before or after. */
export function turned(view: "month" | "week" | "list", day: string, by: 1 | -1): string {
  if (view !== "month") return plus(day, by * (view === "week" ? 7 : 28));
  return by > 0 ? `${plus(`${day.slice(0, 8)}28`, 5).slice(0, 8)}01` : `${plus(`${day.slice(0, 8)}01`, -1).slice(0, 8)}01`;
}

const named = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  return (day: string) => format.format(new Date(`${day}T00:00:00Z`));
};
export const month = named({ month: "long", year: "numeric" });
export const whole = named({ weekday: "long", day: "numeric", month: "long" });
export const weekday = named({ weekday: "short" });
