/** What things are called by those who made them: files and addresses name them by their ids, people read their names. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import { names } from "../api/names";
import type { Forms, Journey } from "./document";
import { oneLine, stepWords, type StepWords } from "./steps";

export const formsOf = (workspace: string) =>
  queryOptions({ queryKey: ["forms", workspace], queryFn: async () => (await data(api.GET("/api/forms"))) as unknown as Forms, staleTime: Infinity });

/** At most so many journeys have their steps named at once. */
const MOST = 50;

/**
 * The name of a journey or segment, and of the steps of `journeys`, each of which is read once: its id while none is known, or where one
 * may not ask.
 */
export function useNames(workspace: string, journeys: string[] = []) {
  const found = useQuery(names(workspace)).data;
  const ids = [...new Set(journeys.filter(Boolean))].sort().slice(0, MOST);
  const known = useQuery({ ...formsOf(workspace), enabled: ids.length > 0 }).data;
  const pages = useQueries({
    queries: ids.map((journey) => ({
      queryKey: ["journey", workspace, journey, "named"],
      queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } })),
      retry: false, staleTime: 60_000,
    })),
  });
  const steps = new Map(pages.flatMap(({ data: page }) => (page && known ? [[page.journey, wordsOf(page, known)] as const] : [])));
  const of = (those: { name: string; title: string }[] | undefined) => {
    const titles = new Map(those?.map((each) => [each.name, each.title]));
    return (id: string) => titles.get(id) || id;
  };
  return {
    found,
    journey: of(found?.journeys),
    segment: of(found?.segments),
    step: (journey: string, step: string) => { const words = steps.get(journey)?.get(step); return words ? oneLine(words) : step; },
    /** The words of a journey's steps; of one that is not known, none. */
    steps: (journey: string): ReadonlyMap<string, StepWords> => steps.get(journey) ?? NONE,
  };
}

/** The words of a journey's steps, also of those that only former versions have. */
export function wordsOf(page: Schemas["JourneyPage"], forms: Forms): Map<string, StepWords> {
  const former = { steps: page.older ?? [], trigger: {} } as unknown as Journey;
  return new Map([...stepWords(former, forms), ...stepWords(page.document as unknown as Journey, forms)]);
}

const NONE: ReadonlyMap<string, StepWords> = new Map();
