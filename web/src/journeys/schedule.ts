/** Times that come again, as a schedule writes them in words, and as they are asked for. What is written otherwise (an RRULE) stays text. */

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
export type Way = "day" | "weekday" | "week" | "month" | "once" | "words";
export interface Schedule { way: Way; time: string; days: string[]; dom: number | "last"; date: string }

const BLANK: Schedule = { way: "week", time: "09:00", days: ["monday"], dom: 1, date: "" };

export function readSchedule(text: string): Schedule {
  const said = text.trim();
  if (!said) return BLANK;
  const [, what = "", time = ""] = /^(.*?)(?: at)? (\d\d:\d\d)$/.exec(said) ?? [];
  const made = { ...BLANK, time };
  if (what === "every day" || what === "every weekday") return { ...made, way: what === "every day" ? "day" : "weekday" };
  const days = what.replace(/^every /, "").split(/, and |, | and /);
  if (what.startsWith("every ") && days.every((day) => DAYS.includes(day))) return { ...made, way: "week", days };
  const dom = /^every month on the (?:(\d+)(?:st|nd|rd|th)|last day)$/.exec(what);
  if (dom) return { ...made, way: "month", dom: dom[1] ? Number(dom[1]) : "last" };
  const date = /^on (\d{4}-\d\d-\d\d)$/.exec(what)?.[1];
  return date ? { ...made, way: "once", date } : { ...BLANK, way: "words" };
}

export function saySchedule({ way, time, days, dom, date }: Schedule): string {
  if (way === "day" || way === "weekday") return `every ${way} at ${time}`;
  if (way === "week") return `every ${days.length > 1 ? `${days.slice(0, -1).join(", ")} and ${days.at(-1)!}` : (days[0] ?? "monday")} at ${time}`;
  if (way === "month") return `every month on the ${dom === "last" ? "last day" : `${dom}${ending(dom)}`} at ${time}`;
  return way === "once" && date ? `on ${date} at ${time}` : "";
}

const ending = (dom: number) => (dom % 100 >= 11 && dom % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[dom % 10] ?? "th"));
