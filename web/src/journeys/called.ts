/** What things are called by those who made them: files and addresses name them by their ids, people read their names. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, data, type Schemas } from "../api/client";
import { names } from "../api/names";
import type { Forms, Journey, Names } from "./document";
import { oneLine, stepWords, type StepWords } from "./steps";

export const formsOf = (workspace: string) =>
  queryOptions({ queryKey: ["forms", workspace], queryFn: async () => (await data(api.GET("/api/forms"))) as unknown as Forms, staleTime: Infinity });

/** The forms of a workspace, with what its messages, segments, journeys and topics are called. */
export function useForms(workspace: string) {
  const asked = useQuery(formsOf(workspace));
  const found = useQuery(names(workspace)).data;
  const forms = useMemo(() => asked.data && { ...asked.data, ...(found && { names: namesOf(found) }) }, [asked.data, found]);
  return { ...asked, data: forms };
}

function namesOf(found: Schemas["JourneyNames"]): Names {
  const titled = (those: { name: string; title: string }[]) => new Map(those.map((each) => [each.name, each.title || each.name]));
  return {
    template: new Map(found.templates.map((each) => [each.name, readable(each.subject) || each.name])),
    segment: titled(found.segments), journey: titled(found.journeys), topic: titled(found.topics),
  };
}

/** A subject as one reads it: where a value of the person will stand, `…` does. */
export function readable(subject: string): string {
  const says = subject.replace(/\{%.*?%\}/g, "").replace(/\{\{.*?\}\}/g, "…").replace(/\s+/g, " ").trim();
  return /[^…\s\p{P}]/u.test(says) ? says : "";
}

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
  const named = useMemo(() => found && namesOf(found), [found]);
  const steps = new Map(pages.flatMap(({ data: page }) => (page && known ? [[page.journey, wordsOf(page, { ...known, ...(named && { names: named }) })] as const] : [])));
  const versions = new Map(pages.flatMap(({ data: page }) => (page ? [[page.journey, page.version] as const] : [])));
  const of = (those: { name: string; title: string }[] | undefined) => {
    const titles = new Map(those?.map((each) => [each.name, each.title]));
    return (id: string) => titles.get(id) || id;
  };
  const message = (id: string) => named?.template?.get(id) ?? id;
  return {
    found,
    journey: of(found?.journeys),
    segment: of(found?.segments),
    /** What uses something, or is used: content goes by its own name. */
    of: ({ kind, name }: { kind: string; name: string }) => (kind === "journey" ? of(found?.journeys) : kind === "segment" ? of(found?.segments) : String)(name),
    /** Somebody of the team by their name; whoever is not (any more), or has none, by their address. */
    member: (email: string) => found?.members.find((each) => each.name === email)?.title || email,
    /** A message by its subject. */
    message,
    /** A message by its subject, in a line with the name it has in files and journeys. */
    titled: (id: string) => (message(id) === id ? id : `${message(id)} (${id})`),
    /** A step in a line; of a former `version`, whose terms may have been others, only its name. */
    step: (journey: string, step: string, version?: number) => {
      const words = steps.get(journey)?.get(step);
      return !words ? step : version && version < (versions.get(journey) ?? 0) ? words.title : oneLine(words);
    },
    /** The words of a journey's steps; of one that is not known, none. */
    steps: (journey: string): ReadonlyMap<string, StepWords> => steps.get(journey) ?? NONE,
  };
}

/** The words of a journey's steps, also of those that only former versions have. */
export function wordsOf(page: Schemas["JourneyPage"], forms: Forms): Map<string, StepWords> {
  const former = { steps: olderOf(page), trigger: {} } as unknown as Journey;
  return new Map([...stepWords(former, forms), ...stepWords(page.document as unknown as Journey, forms)]);
}

/** The steps that only former versions have. */
export const olderOf = (page: Schemas["JourneyPage"]) => (page.older ?? []) as unknown as Journey["steps"];

const NONE: ReadonlyMap<string, StepWords> = new Map();
