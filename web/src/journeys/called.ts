/** What journeys and their steps are called, for rooms that only know ids: each journey named is read once; an id where it may not be read. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import type { Forms, Journey } from "./document";
import { oneLine, stepWords } from "./steps";

export interface JourneyNames { journey: (id: string) => string; step: (journey: string, step: string) => string }

export function useJourneyNames(workspace: string, journeys: string[]): JourneyNames {
  const ids = [...new Set(journeys)].sort().slice(0, 50);
  const forms = useQuery({ queryKey: ["forms", workspace], queryFn: async () => (await data(api.GET("/api/forms"))) as unknown as Forms, enabled: ids.length > 0 }).data;
  const pages = useQueries({
    queries: ids.map((journey) => ({
      queryKey: ["journey", workspace, journey, "named"],
      queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey } } })),
      retry: false, staleTime: 60_000,
    })),
  });
  const found = new Map(pages.flatMap(({ data: page }) => (page && forms ? [[page.journey, { name: page.name, steps: stepWords(page.document as unknown as Journey, forms) }] as const] : [])));
  return {
    journey: (id) => found.get(id)?.name ?? id,
    step: (journey, step) => { const words = found.get(journey)?.steps.get(step); return words ? oneLine(words) : step; },
  };
}
