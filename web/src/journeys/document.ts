/**
 * A journey as the plain document that is in the file, in the database and on the canvas: nothing is translated on the way.
 * What is read of it here is generic: which fields hold inner steps is told by the forms that the server gives for each kind.
 */

export interface Step {
  id: string;
  name?: string;
  note?: string;
  only_if?: string;
  [field: string]: unknown;
}

export interface Journey {
  journey: string;
  name?: string;
  note?: string;
  trigger: Record<string, unknown>;
  steps: Step[];
  [field: string]: unknown;
}

/** The way from the document down to a value: `["steps", 2, "branch", 0, "steps"]`. */
export type Path = readonly (string | number)[];

export interface Field {
  key: string;
  ask: string;
  title: string;
  about?: string;
  required?: boolean;
  many?: boolean;
  choices?: string[];
  /** What each of the choices is called; and what holds where none is made. */
  says?: string[];
  usual?: string;
  fields?: Field[];
  also?: unknown[];
  example?: unknown;
  /** Asked only where one of these fields beside it is filled. */
  of?: string[];
  /** Of the inner fields those that exclude each other, with what each is called; the first goes along with any of them. */
  choose?: [key: string, title: string][];
}

export interface Form {
  title: string;
  about: string;
  group?: string;
  fields?: Field[];
}

export interface Forms {
  journey: Form;
  common: Field[];
  steps: { [kind: string]: Form };
  triggers: { [kind: string]: Form };
  /** What those things are called that fields name by their ids, by what a field asks for. */
  names?: Names;
}

export type Names = { [ask: string]: ReadonlyMap<string, string> };

/** One way a step can be left: what is asked there, and the list of steps that follows. */
export interface Arm {
  /** Where the arm's list of steps stands, from the document down. */
  list: Path;
  steps: Step[];
  /** What tells it from the others, as it stands in the document. */
  question: Record<string, unknown>;
  /** Taken where no other arm is. */
  otherwise: boolean;
}

/** A way as it is drawn: an arm, or one without steps that leads out of the journey (whoever is held out) or straight on. */
export interface Way {
  /** Left out where no steps can stand. */
  list?: Path;
  steps: Step[];
  question: Record<string, unknown>;
  otherwise: boolean;
  to?: "out" | "on";
  /** What all shares of the step come to. */
  whole?: number;
}

/** The kind of a step, by its field. */
export function kindOf(step: Step, forms: Forms): string {
  return Object.keys(step).find((key) => key in forms.steps) ?? "";
}

/** The kind of what starts the journey, by its field. */
export function triggerOf({ trigger }: Journey, forms: Forms): string {
  return Object.keys(trigger).find((key) => key in forms.triggers) ?? "";
}

/** The arms of a step that stands at `path`, in their order; none for a step that simply goes on. */
export function armsOf(step: Step, path: Path, forms: Forms): Arm[] {
  const form = forms.steps[kindOf(step, forms)];
  return (form?.fields ?? []).flatMap((field) => armsIn(field, step[field.key], [...path, field.key]));
}

/** All ways out of a step, in their order: its arms, who is held out, and where nothing is said of those who take no other way, theirs. */
export function waysOf(step: Step, path: Path, forms: Forms): Way[] {
  const arms = armsOf(step, path, forms);
  const field = forms.steps[kindOf(step, forms)]?.fields?.find((own) => own.ask === "fields" && own.many && own.key in step);
  const items = field && step[field.key];
  if (!field || !Array.isArray(items)) return arms;
  const whole = (items as ({ share?: number; holdout?: number } | null)[]).reduce((sum, item) => sum + Number(item?.share ?? item?.holdout ?? 0), 0);
  const held = items.flatMap((item, index): [number, Way][] => {
    const question = (item ?? {}) as Record<string, unknown>;
    return "holdout" in question ? [[index, { steps: [], question, otherwise: false, to: "out", whole }]] : [];
  });
  const ways: Way[] = arms.map((arm) => ({ ...arm, whole }));
  for (const [index, way] of held) ways.splice(index, 0, way);
  if (arms.length && field.fields?.some((own) => own.key === "otherwise") && !arms.some((arm) => arm.otherwise)) ways.push({ steps: [], question: {}, otherwise: true, to: "on" });
  return ways;
}

function armsIn(field: Field, value: unknown, path: Path): Arm[] {
  if (value === undefined || value === null) return [];
  if (field.ask === "steps") {
    return isSteps(value) ? [{ list: path, steps: value, question: {}, otherwise: false }] : [];
  }
  if (field.ask === "rule" && isSteps(value)) return value.flatMap((item, index) => armOfRule(item, [...path, index]));
  if (field.ask !== "fields") return [];
  if (field.many) {
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, index) => armsOfMapping(field, item, [...path, index]));
  }
  return armsOfMapping(field, value, path);
}

/** Where a list stands instead of a rule, each of it is an arm: a rule (or how long at most) and its steps. */
function armOfRule(item: unknown, path: Path): Arm[] {
  if (typeof item !== "object" || item === null || !isSteps((item as Record<string, unknown>).steps)) return [];
  const { steps, ...question } = item as { steps: Step[] };
  return [{ list: [...path, "steps"], steps, question, otherwise: false }];
}

function armsOfMapping(field: Field, value: unknown, path: Path): Arm[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const question: Record<string, unknown> = {};
  const arms: Arm[] = [];
  for (const inner of field.fields ?? []) {
    const own = (value as Record<string, unknown>)[inner.key];
    if (own === undefined) continue;
    if (inner.ask === "steps" && isSteps(own)) {
      arms.push({ list: [...path, inner.key], steps: own, question, otherwise: inner.key === "otherwise" });
    } else {
      question[inner.key] = own;
    }
  }
  return arms;
}

function isSteps(value: unknown): value is Step[] {
  return Array.isArray(value);
}

/** A step with the place it stands at. */
export interface Placed {
  step: Step;
  path: Path;
  list: Path;
  index: number;
}

/** Every step of a journey, in the order they are written. */
export function every(journey: Journey, forms: Forms): Placed[] {
  const found: Placed[] = [];
  walk(journey.steps, ["steps"]);
  return found;

  function walk(steps: Step[], list: Path): void {
    steps.forEach((step, index) => {
      const path = [...list, index];
      found.push({ step, path, list, index });
      for (const arm of armsOf(step, path, forms)) walk(arm.steps, arm.list);
    });
  }
}

/** Read what stands at a path. */
export function at(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], data);
}

/** Give the document with another value at a path; everything beside the way stays the same object. `undefined` takes the field out. */
export function put<T>(data: T, path: Path, value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  if (Array.isArray(data)) {
    const copy = [...data] as unknown[];
    copy[key as number] = put(copy[key as number], rest, value);
    return copy as T;
  }
  const copy = { ...(data as Record<string, unknown>) };
  const inner = put(copy[key], rest, value);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy as T;
}

/** Give a mapping with another value in a field, or without the field where that is `undefined`. */
export function withField<T extends object>(data: T, key: string, value: unknown): T {
  if (value !== undefined) return { ...data, [key]: value };
  return Object.fromEntries(Object.entries(data).filter(([own]) => own !== key)) as T;
}
