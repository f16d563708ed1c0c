/** The document checked by the server a moment after each change: what is wrong, and how it differs from what is live. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import { every, kindOf, type Forms, type Journey } from "./document";

export type Flaw = Schemas["JourneyFlaw"];

let counted = 0;
const numbers = new WeakMap<Journey, number>();

/** Documents are never changed in place, so that each has a number by which what was said of it is known. */
export function numberOf(journey: Journey): number {
  const known = numbers.get(journey);
  if (known !== undefined) return known;
  numbers.set(journey, ++counted);
  return counted;
}

/** What is only empty yet is said so, in the words of its form. */
export function plainly(problems: Flaw[], journey: Journey, forms: Forms): Flaw[] {
  const steps = new Map(every(journey, forms).map(({ step }) => [step.id, step]));
  const said = problems.map((each) => {
    const step = steps.get(each.step);
    const kind = step ? kindOf(step, forms) : (Object.keys(journey.trigger).find((key) => key in forms.triggers) ?? "");
    const form = step ? forms.steps[kind] : forms.triggers[kind];
    const own = step ?? (each.field === "trigger" ? journey.trigger : journey);
    const key = !step && each.field === "trigger" ? kind : each.field;
    const field = form?.fields?.find((one) => one.key === key);
    return field && own[key] === "" ? { ...each, field: key, message: `${field.title} is still empty`, hint: "" } : each;
  });
  return said.filter((each, n) => said.findIndex((other) => other.step === each.step && other.field === each.field && other.message === each.message) === n);
}

export function useCheck(workspace: string, journey: Journey) {
  const [settled] = useDebouncedValue(journey, 350);
  const found = useQuery({
    queryKey: ["check", workspace, journey.journey, numberOf(settled)],
    queryFn: ({ signal }) => data(api.POST("/api/journeys/{journey}/check", { params: { path: { journey: settled.journey } }, body: { document: { ...settled } }, signal })),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
  return { ...found, fresh: settled === journey && !found.isPlaceholderData && !!found.data };
}
