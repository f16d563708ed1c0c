/** The document checked by the server a moment after each change: what is wrong, and how it differs from what is live. */
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import { capital, quoted } from "../api/quoted";
import { every, kindOf, triggerOf, type Forms, type Journey } from "./document";
import { inForm } from "./flaws";

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

const UNTIL = { key: "when", title: "Until" };

/** What is only empty yet is said so, in the words of its form; each as it stands on a page. */
export function plainly(problems: Flaw[], journey: Journey, forms: Forms): Flaw[] {
  const steps = new Map(every(journey, forms).map(({ step }) => [step.id, step]));
  const said = problems.map((each) => {
    const step = steps.get(each.step);
    const kind = step ? kindOf(step, forms) : triggerOf(journey, forms);
    const form = step ? forms.steps[kind] : each.field === "trigger" ? forms.triggers[kind] : forms.journey;
    const own = step ?? (each.field === "trigger" ? journey.trigger : journey);
    const key = !step && each.field === "trigger" ? kind : each.field;
    const field = form?.fields?.find((one) => one.key === key);
    if (field && own[key] === "") return { ...each, field: key, way: 0, part: "", message: `${field.title} is still empty`, hint: "" };
    const part = field?.fields?.find((one) => one.key === each.part) ?? (each.way && each.part === "when" ? UNTIL : undefined);
    const inner = each.way && Array.isArray(own[key]) ? (own[key] as unknown[])[each.way - 1] : own[key];
    const empty = part && inner !== null && typeof inner === "object" && (inner as Record<string, unknown>)[part.key] === "";
    const fields = [...(form?.fields ?? []), ...(step ? forms.common : forms.journey.fields ?? [])];
    if (!empty) return { ...each, message: inForm(each.message, fields), hint: inForm(each.hint, fields) };
    return { ...each, message: `${each.way ? `Way ${each.way}: “${part.title}”` : step ? part.title : `${field!.title}: “${part.title}”`} is still empty`, hint: "" };
  });
  const shown = said.map((each) => ({ ...each, message: capital(quoted(each.message)), hint: quoted(each.hint) }));
  return shown.filter((each, n) => shown.findIndex((other) => other.step === each.step && other.field === each.field && other.way === each.way && other.part === each.part && other.message === each.message) === n);
}

export function useCheck(workspace: string, journey: Journey) {
  const [settled] = useDebouncedValue(journey, 350);
  const found = useQuery({
    queryKey: ["check", workspace, journey.journey, numberOf(settled)],
    queryFn: async ({ signal }) => ({ ...(await data(api.POST("/api/journeys/{journey}/check", { params: { path: { journey: settled.journey } }, body: { document: { ...settled } }, signal }))), of: settled }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
  return { ...found, fresh: settled === journey && !found.isPlaceholderData && !!found.data };
}
