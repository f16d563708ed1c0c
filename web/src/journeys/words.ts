/** A journey in words: what a step does, what is asked at the head of an arm, and a field's value. */
import { capital } from "../api/quoted";
import { kindOf, triggerOf, type Way, type Field, type Forms, type Journey, type Names, type Step } from "./document";

export interface Said {
  /** What people call it, or else its kind. */
  title: string;
  /** What it does, in a line. */
  line: string;
}

/** What stands on a step's card: `Wait`, `3 days`. */
export function saysStep(step: Step, forms: Forms): Said {
  const kind = kindOf(step, forms);
  const form = forms.steps[kind];
  const main = form?.fields?.find((field) => field.key === kind) ?? form?.fields?.[0];
  const about = kind === "wait_for_time" ? saysTime(step[kind]) : main && step[main.key] !== true ? saysValue(main, step[main.key], forms.names) : "";
  const title = form?.title ?? kind;
  return step.name ? { title: step.name, line: about ? `${title}: ${about}` : title } : { title: title || step.id, line: about };
}

const SETS: Record<string, string> = { weekdays: "weekday", weekends: "Saturday or Sunday", "every day": "" };

/** When `wait_for_time` lets go, as one would say it: `until 3 days before renews_at, at 09:00 on their clock`. */
export function saysTime(value: unknown): string {
  if (value === null || typeof value !== "object") return "";
  const { at, days, date, attribute, offset, zone, passed, missing } = value as Record<string, unknown>;
  const named = (Array.isArray(days) ? days : days === undefined ? [] : [days]).map((day) => SETS[String(day)] ?? capital(String(day))).filter(Boolean);
  const day = date ? String(date) : attribute ? `${offset ? `${String(offset)} ` : ""}${String(attribute)}` : named.length && named.length < 7 ? `the next ${named.join(" or ")}` : "";
  const clock = zone === "person" ? " on their clock" : zone && zone !== "workspace" ? ` in ${String(zone)}` : "";
  const until = day ? `until ${day}${at ? `, at ${String(at)}` : ""}` : at ? `until it is ${String(at)}` : "";
  const past = passed === "next year" ? "once it has passed, until next year’s" : passed === "exit" ? "whoever is too late leaves" : "";
  const lacks = missing === "wait" ? "without the date, until there is one" : missing === "exit" ? "whoever has no such date leaves" : "";
  return [until && until + clock, past, lacks].filter(Boolean).join("; ");
}

/** What starts a run: `An event happens`, `Signed Up`. */
export function saysTrigger(journey: Journey, forms: Forms): Said {
  const kind = triggerOf(journey, forms);
  const form = forms.triggers[kind];
  const main = form?.fields?.find((field) => field.key === kind);
  const value = journey.trigger[kind];
  return { title: form?.title ?? "Trigger", line: main && value !== true ? saysValue(main, value, forms.names) : "" };
}

/** What is asked at the head of a way. */
export function saysArm(arm: Way): string {
  const { when, share, holdout, at_most, ...rest } = arm.question;
  if (arm.otherwise) return arm.to === "on" ? "Otherwise: goes on" : "Otherwise";
  if (holdout !== undefined) return `${rest.name ? `${String(rest.name)}: ` : ""}${percent(holdout, arm.whole)} held out`;
  if (when !== undefined) return String(when) || "When?";
  if (share !== undefined) return `${rest.name ? `${String(rest.name)}: ` : ""}${percent(share, arm.whole)}`;
  if (at_most !== undefined) return `After ${String(at_most)}`;
  return plain(rest) || "Always";
}

/** A weight among all of them: 1 and 2 are 33.3 % and 66.7 %. */
export function percent(weight: unknown, whole: number | undefined): string {
  const share = whole ? (100 * Number(weight)) / whole : Number(weight);
  return `${Number(share.toFixed(1))} %`;
}

/** A field's value as people read it. */
export function saysValue(field: Field, value: unknown, names: Names = {}): string {
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object")) {
    return value.length === 1 ? "1 way" : `${value.length} ways`;
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value) && field.fields) {
    const known = new Map(field.fields.map((inner) => [inner.key, inner]));
    return Object.entries(value).map(([key, own]) => { const inner = known.get(key); return `${inner?.title.toLowerCase() ?? key} ${inner ? saysOne(inner, own, names) : plain(own)}`; }).join(", ");
  }
  return saysOne(field, value, names);
}

const CLOCKS: Record<string, string> = { person: "each person’s own", workspace: "the workspace’s" };

function saysOne(field: Field, value: unknown, names: Names): string {
  if (field.ask === "zone") return CLOCKS[String(value)] ?? String(value);
  if (field.ask === "clock" && Array.isArray(value)) return value.map(String).join(" and ");
  const called = names[field.ask];
  if (called) return (Array.isArray(value) ? value : [value]).map((each) => plain(each).replace(/^((?:entered|left) )?(.+)$/, (_, how: string = "", id: string) => how + (called.get(id) ?? id))).join(", ");
  const choice = field.choices?.indexOf(String(value)) ?? -1;
  return choice >= 0 && field.says?.[choice] ? field.says[choice].toLowerCase() : plain(value);
}

/** A field of a form, and its value in words. */
export type Pair = [Field, string];

/** The fields of a form that have a value in a document, with it. Lists of steps are left to the canvas. */
export function filled(fields: readonly Field[], data: Record<string, unknown>, names?: Names): Pair[] {
  return fields.flatMap((field): Pair[] => {
    const value = data[field.key];
    return value === undefined || value === null || field.ask === "steps" ? [] : [[field, saysValue(field, value, names)]];
  });
}

function plain(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (value !== null && typeof value === "object") return Object.entries(value).map(([key, own]) => `${key}: ${plain(own)}`).join(", ");
  return value === undefined || value === null ? "" : String(value);
}
