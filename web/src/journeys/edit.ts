/**
 * Edits of a journey, each a pure function from document to document. What an edit does not touch stays the same object, so that the
 * canvas draws only what changed, and undo is keeping the document before.
 */

import { armsOf, at, every, kindOf, put, type Forms, type Journey, type Path, type Step } from "./document";

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

/** A new step of a kind, with what its form gives as example for what it must have. */
export function blank(journey: Journey, forms: Forms, kind: string): Step {
  const form = forms.steps[kind];
  const step: Step = { id: freshId(journey, forms, kind.replaceAll("_", "-")) };
  for (const field of form?.fields ?? []) {
    if (field.key === kind || field.required) {
      step[field.key] = field.example ?? (field.ask === "fields" ? (field.many ? emptyArms(kind, forms) : {}) : "");
    }
  }
  return step;
}

function emptyArms(kind: string, forms: Forms) {
  const field = forms.steps[kind]?.fields?.find((own) => own.key === kind);
  const keys = new Set((field?.fields ?? []).map((own) => own.key));
  if (keys.has("share")) return [{ share: 50, steps: [] }, { share: 50, steps: [] }];
  const example = field?.fields?.find((own) => own.ask === "rule")?.example ?? "email is present";
  return keys.has("otherwise") ? [{ when: example, steps: [] }, { otherwise: [] }] : [{ when: example, steps: [] }];
}

function isWithin(path: Path, outer: Path): boolean {
  return path.length >= outer.length && outer.every((key, index) => path[index] === key);
}

export { kindOf };
