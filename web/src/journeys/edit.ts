/**
 * Edits of a journey, each a pure function from document to document. What an edit does not touch stays the same object, so that the
 * canvas draws only what changed, and undo is keeping the document before.
 */

import { armsOf, at, every, kindOf, put, type Arm, type Field, type Forms, type Journey, type Path, type Step } from "./document";

/** Where a step goes in: a list, and before which of its steps. */
export interface Spot {
  list: Path;
  index: number;
}

/** An id that no step has yet: `wait`, `wait-2`, … Ids are what people in flight are found by, so none is ever changed by an edit. */
export function freshId(journey: Journey, forms: Forms, wish: string): string {
  const base = wish.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 50) || "step";
  const taken = new Set(every(journey, forms).map(({ step }) => step.id));
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}

/** Put a step in. */
export function insert(journey: Journey, spot: Spot, step: Step): Journey {
  const steps = at(journey, spot.list) as Step[];
  return put(journey, spot.list, [...steps.slice(0, spot.index), step, ...steps.slice(spot.index)]);
}

/** Take a step out, with all that stands inside it. */
export function remove(journey: Journey, forms: Forms, id: string): Journey {
  const found = find(journey, forms, id);
  if (!found) return journey;
  const steps = at(journey, found.list) as Step[];
  return put(journey, found.list, steps.filter((_, index) => index !== found.index));
}

/** A step that is to go, and where it stood: in which of the ways out of which step ("" for the journey itself), and how they were then. */
export interface Gone {
  step: Step;
  of: string;
  ways: Arm[];
  way: number;
  index: number;
}

/** What is kept of a step that is to be taken out, so that it can be put back later. */
export function keep(journey: Journey, forms: Forms, id: string): Gone | undefined {
  const found = find(journey, forms, id);
  if (!found) return undefined;
  const of = around(journey, forms, id)?.id ?? "";
  const ways = waysFrom(journey, forms, of);
  return { step: found.step, of, ways, way: ways.findIndex((each) => String(each.list) === String(found.list)), index: found.index };
}

/** Put a step back that was taken out, between what it stood between; all that was edited since stays. Where there is no such way any more, undefined. */
export function putBack(journey: Journey, forms: Forms, gone: Gone): Journey | undefined {
  const standing = find(journey, forms, gone.step.id)?.step;
  if (standing && JSON.stringify(standing) === JSON.stringify(gone.step)) return journey;
  const former = gone.ways[gone.way]!, ways = waysFrom(journey, forms, gone.of);
  const earlier = new Set(former.steps.slice(0, gone.index).map((each) => each.id)), later = new Set(former.steps.slice(gone.index + 1).map((each) => each.id));
  const alike = (each: Arm) => each.otherwise === former.otherwise && JSON.stringify(each.question) === JSON.stringify(former.question);
  const then = gone.ways.filter(alike), now = ways.filter(alike);
  const way = ways.find((each) => each.steps.some(({ id }) => earlier.has(id) || later.has(id)))
    ?? (then.length === now.length ? now[then.indexOf(former)] : ways.length === gone.ways.length ? ways[gone.way] : undefined);
  if (!way) return undefined;
  const next = way.steps.findIndex((each) => later.has(each.id));
  const index = next < 0 ? way.steps.findLastIndex((each) => earlier.has(each.id)) + 1 : next;
  return insert(journey, { list: way.list, index }, fitted(journey, forms, gone.step));
}

/** The ways out of a step; of "", the journey's own. */
function waysFrom(journey: Journey, forms: Forms, id: string): Arm[] {
  if (!id) return [{ list: ["steps"], steps: journey.steps, question: {}, otherwise: false }];
  const found = find(journey, forms, id);
  return found ? armsOf(found.step, found.path, forms) : [];
}

/** Put another version of a step in its place. */
export function replace(journey: Journey, forms: Forms, id: string, step: Step): Journey {
  const found = find(journey, forms, id);
  return found ? put(journey, found.path, step) : journey;
}

/** Move a step, with what stands inside it, to another spot; a step can't move into itself. The spot is meant before the move. */
export function move(journey: Journey, forms: Forms, id: string, spot: Spot): Journey {
  const found = find(journey, forms, id);
  if (!found || isWithin(spot.list, found.path)) return journey;
  const mark = "\u0000moved";
  const marked = insert(journey, spot, { id: mark });
  const gone = remove(marked, forms, id);
  return replace(gone, forms, mark, found.step);
}

/** Copy a step behind itself; it and all steps inside get ids of their own. */
export function duplicate(journey: Journey, forms: Forms, id: string): { journey: Journey; id: string } {
  const found = find(journey, forms, id);
  if (!found) return { journey, id };
  const copy = renamed(journey, forms, found.step);
  return { journey: insert(journey, { list: found.list, index: found.index + 1 }, copy), id: copy.id };
}

/** Where a step stands. */
export function find(journey: Journey, forms: Forms, id: string) {
  return every(journey, forms).find(({ step }) => step.id === id);
}

/** The step (with those inside) under ids that the journey does not have. */
export function renamed(journey: Journey, forms: Forms, step: Step): Step {
  const taken = new Set(every(journey, forms).map(({ step: own }) => own.id));
  return rename(step, []);

  function rename(own: Step, path: Path): Step {
    let made: Step = { ...own, id: fresh(own.id) };
    for (const arm of armsOf(own, path, forms)) {
      made = put(made, arm.list.slice(path.length), arm.steps.map((inner) => rename(inner, [])));
    }
    return made;
  }

  function fresh(wish: string): string {
    const base = wish.replace(/-\d+$/, "");
    let number = 2;
    while (taken.has(`${base}-${number}`)) number += 1;
    const id = `${base}-${number}`;
    taken.add(id);
    return id;
  }
}

/** A step from elsewhere, made to fit: ids that the journey has already are made unlike. */
export function fitted(journey: Journey, forms: Forms, step: Step): Step {
  const taken = new Set(every(journey, forms).map(({ step: own }) => own.id));
  const inner = every({ journey: "", trigger: {}, steps: [step] }, forms);
  return inner.some(({ step: own }) => taken.has(own.id)) ? renamed(journey, forms, step) : step;
}

/** What is written out by people and can't be guessed: left empty in a new step, and told as a problem until it is filled. */
const UNGUESSED = new Set(["template", "segment", "journey", "step", "topic", "action", "event", "attribute", "url", "rule", "where", "secret"]);

/** A new step of a kind, with what its form gives as example for what it must have. */
export function blank(journey: Journey, forms: Forms, kind: string): Step {
  const step: Step = { id: freshId(journey, forms, kind.replaceAll("_", "-")) };
  for (const field of forms.steps[kind]?.fields ?? []) if (field.key === kind || field.required) step[field.key] = first(field);
  return step;
}

/** What stands in a field at first. */
export function first(field: Field): unknown {
  if (field.ask === "fields") {
    if (field.many) return emptyArms(field);
    const usual = field.choose?.[0]?.[0];
    const inner = field.fields?.find((own) => (usual ? own.key === usual : own.required || own.example !== undefined));
    return Object.fromEntries((field.fields ?? []).filter((own) => own.required || own === inner).map((own) => [own.key, first(own)]));
  }
  if (UNGUESSED.has(field.ask)) return "";
  if (field.also?.includes(true) && !field.also.some((other) => other !== null && typeof other === "object")) return true;
  return field.example ?? (field.ask === "truth" ? true : field.ask === "values" ? {} : field.many ? [] : (field.choices?.[0] ?? ""));
}

function emptyArms(field: Field) {
  const keys = new Set((field.fields ?? []).map((own) => own.key));
  if (keys.has("share")) return [{ share: 50, steps: [] }, { share: 50, steps: [] }];
  return keys.has("otherwise") ? [{ when: "", steps: [] }, { otherwise: [] }] : [{ when: "", steps: [] }];
}

/** The spot right behind a step, or behind the trigger: at the beginning. */
export function spotAfter(journey: Journey, forms: Forms, id: string): Spot {
  const found = find(journey, forms, id);
  return found ? { list: found.list, index: found.index + 1 } : { list: ["steps"], index: 0 };
}

/** Move a step one spot up or down, as they are written: over another, into a way out of it, or out of the way it stands in. At an end it stays. */
export function shift(journey: Journey, forms: Forms, id: string, by: -1 | 1): Journey {
  const found = find(journey, forms, id);
  if (!found) return journey;
  const all = spots(journey, forms).filter((spot) => !isWithin(spot.list, found.path));
  const here = all.findIndex((spot) => spot.index === found.index && String(spot.list) === String(found.list));
  const to = all[by > 0 ? here + 2 : here - 1]; // the one right behind it is where it stands, too
  return to ? move(journey, forms, id, to) : journey;
}

/** Where a step can stand, in the order in which they are written. */
function spots(journey: Journey, forms: Forms): Spot[] {
  return along(["steps"], journey.steps);

  function along(list: Path, steps: readonly Step[]): Spot[] {
    const behind = (step: Step, n: number) => [...armsOf(step, [...list, n], forms).flatMap((arm) => along(arm.list, arm.steps)), { list, index: n + 1 }];
    return [{ list, index: 0 }, ...steps.flatMap(behind)];
  }
}

/** The step that is chosen when another has gone: the one behind it, before it, or around it. */
export function neighbour(journey: Journey, forms: Forms, id: string): string {
  const found = find(journey, forms, id);
  if (!found) return "trigger";
  const steps = at(journey, found.list) as Step[];
  const beside = steps[found.index + 1] ?? steps[found.index - 1];
  if (beside) return beside.id;
  return around(journey, forms, id)?.id ?? "trigger";
}

/** The step within which another stands. */
function around(journey: Journey, forms: Forms, id: string): Step | undefined {
  const found = find(journey, forms, id);
  return found && every(journey, forms).filter(({ path }) => path.length < found.path.length && isWithin(found.path, path)).at(-1)?.step;
}

function isWithin(path: Path, outer: Path): boolean {
  return path.length >= outer.length && outer.every((key, index) => path[index] === key);
}

export { kindOf };
