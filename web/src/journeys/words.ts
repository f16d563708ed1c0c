/** A journey in words: what a step does, what is asked at the head of an arm, and a field's value. */
import { kindOf, type Arm, type Field, type Forms, type Journey, type Step } from "./document";

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
  const about = main && step[main.key] !== true ? saysValue(main, step[main.key]) : "";
  const title = form?.title ?? kind;
  return step.name ? { title: step.name, line: about ? `${title}: ${about}` : title } : { title: title || step.id, line: about };
}

/** What starts a run: `An event happens`, `Signed Up`. */
export function saysTrigger(journey: Journey, forms: Forms): Said {
  const kind = Object.keys(journey.trigger).find((key) => key in forms.triggers) ?? "";
  const form = forms.triggers[kind];
  const main = form?.fields?.find((field) => field.key === kind);
  const value = journey.trigger[kind];
  return { title: form?.title ?? "Trigger", line: main && value !== true ? saysValue(main, value) : "" };
}

/** What is asked at the head of an arm. */
export function saysArm(arm: Arm): string {
  const { when, share, at_most, ...rest } = arm.question;
  if (arm.otherwise) return "Otherwise";
  if (when !== undefined) return String(when) || "When?";
  if (share !== undefined) return `${rest.name ? `${String(rest.name)}: ` : ""}${String(share)} %`;
  if (at_most !== undefined) return `After ${String(at_most)}`;
  return plain(rest) || "Always";
}

/** A field's value as people read it. */
export function saysValue(field: Field, value: unknown): string {
  if (Array.isArray(value) && value.some((item) => item !== null && typeof item === "object")) {
    return value.length === 1 ? "1 way" : `${value.length} ways`;
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value) && field.fields) {
    const known = new Map(field.fields.map((inner) => [inner.key, inner.title.toLowerCase()]));
    return Object.entries(value).map(([key, own]) => `${known.get(key) ?? key} ${plain(own)}`).join(", ");
  }
  return plain(value);
}

/** A field of a form, and its value in words. */
export type Pair = [Field, string];

/** The fields of a form that have a value in a document, with it. Lists of steps are left to the canvas. */
export function filled(fields: readonly Field[], data: Record<string, unknown>): Pair[] {
  return fields.flatMap((field): Pair[] => {
    const value = data[field.key];
    return value === undefined || value === null || field.ask === "steps" ? [] : [[field, saysValue(field, value)]];
  });
}

function plain(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (value !== null && typeof value === "object") return Object.entries(value).map(([key, own]) => `${key}: ${plain(own)}`).join(", ");
  return value === undefined || value === null ? "" : String(value);
}
