/** Steps that ask the outside world, and what a rehearsal has them answered: nothing is called. */
import { values } from "./words";

export interface Asking { step: string; kind: "webhook" | "run" }
export interface Answer { how: "left" | "answers" | "fails"; text: string }
export type Answers = Record<string, Answer>;

/** The steps of a document that ask, in their order, whichever arm they are in. */
export function asking(document: unknown): Asking[] {
  if (Array.isArray(document)) return document.flatMap(asking);
  if (typeof document !== "object" || document === null) return [];
  const step = document as Record<string, unknown>;
  const kind = (["webhook", "run"] as const).find((each) => typeof step[each] === "string");
  const own = kind && typeof step.id === "string" ? [{ step: step.id, kind }] : [];
  return [...own, ...Object.values(step).flatMap((value) => (typeof value === "object" ? asking(value) : []))];
}

/** What is sent: an answer is JSON, or `name: value` pairs, or a word. */
export function declared(answers: Answers): { answers: Record<string, unknown>; failures: Record<string, string> } {
  const found: ReturnType<typeof declared> = { answers: {}, failures: {} };
  for (const [step, { how, text }] of Object.entries(answers)) {
    if (how === "answers") found.answers[step] = answer(text);
    if (how === "fails") found.failures[step] = text || "the server does not answer";
  }
  return found;
}

function answer(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return /^\s*[\w.$ -]+:\s/.test(text) ? values(text) : text;
  }
}
