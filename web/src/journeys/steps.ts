/** A journey's steps in words, by their ids: what the canvas says of each, for figures that only know the id. */
import { waysOf, type Forms, type Journey, type Path, type Step } from "./document";
import { saysArm, saysStep } from "./words";

export interface StepWords {
  /** What it is called; an id where nothing more is known. */
  title: string;
  line: string;
  /** What is asked at the head of the way that begins with it. */
  arm: string;
}

export function stepWords(journey: Journey, forms: Forms): Map<string, StepWords> {
  return walked(journey, withSteps(journey, forms));
}

/** The forms, with what the journey's own steps are called: for a step that leads to another. */
export function withSteps(journey: Journey, forms: Forms): Forms {
  const step = new Map([...toldApart(walked(journey, forms))].map(([id, words]) => [id, oneLine(words)]));
  return { ...forms, names: { ...forms.names, step } };
}

function walked(journey: Journey, forms: Forms): Map<string, StepWords> {
  const found = new Map<string, StepWords>();
  walk(journey.steps, ["steps"], "");
  return found;

  function walk(steps: Step[], list: Path, asked: string): void {
    steps.forEach((step, index) => {
      found.set(step.id, { ...saysStep(step, forms), arm: index === 0 ? asked : "" });
      for (const way of waysOf(step, [...list, index], forms)) if (way.list) walk(way.steps, way.list, saysArm(way));
    });
  }
}

/** The same, where several that read alike say which of them they are: `Wait (2 of 3): 3 days`. */
export function toldApart(words: ReadonlyMap<string, StepWords>): Map<string, StepWords> {
  const alike = new Map<string, string[]>();
  for (const [id, own] of words) alike.set(oneLine(own), [...(alike.get(oneLine(own)) ?? []), id]);
  return new Map([...words].map(([id, own]) => {
    const those = alike.get(oneLine(own))!;
    return [id, those.length < 2 ? own : { ...own, title: `${own.title} (${those.indexOf(id) + 1} of ${those.length})` }];
  }));
}

/** In one line: `Wait: 3 days`. */
export function oneLine({ title, line }: StepWords): string {
  return line ? `${title}: ${line}` : title;
}
