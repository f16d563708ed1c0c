/** What rules can speak of: read once for a workspace, given to every field of the builder. */
import { queryOptions } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { api, data, type Schemas } from "../api/client";
import type { Clause } from "./sketch";

export type Words = Schemas["Words"];
export type Name = Schemas["Name"];

export const words = (workspace: string) =>
  queryOptions({ queryKey: ["rules", "words", workspace], queryFn: () => data(api.GET("/api/rules/words")), staleTime: 30_000 });

/** Whose names are spoken of where a clause stands: a person's, an event's or a group's. */
export type Scope = { over: "person" } | { over: "event"; kind?: string; name?: string } | { over: "group"; type: string };

export interface Speaks {
  words: Words | undefined;
  scope: Scope;
  /** The event a journey begins with: `event.total` can be asked of it. */
  event?: { kind: string; name: string };
  inJourney: boolean;
  /** The keys of clauses at fault with what is wrong, and each clause's own words. */
  wrong: Map<string, string>;
  own: Map<string, string>;
  readOnly: boolean;
}

export const SpeaksOf = createContext<Speaks>({ words: undefined, scope: { over: "person" }, inJourney: false, wrong: new Map(), own: new Map(), readOnly: false });
export const useSpeaks = () => useContext(SpeaksOf);

/** The names that a clause may be about where it stands. */
export function names({ words, scope, event }: Speaks): Name[] {
  if (!words) return [];
  if (scope.over === "event") return words.events.find((each) => each.name === scope.name && (!scope.kind || each.kind === scope.kind))?.properties ?? [];
  if (scope.over === "group") return words.groups.find((each) => each.type === scope.type)?.attributes ?? [];
  const of = event && words.events.find((each) => each.name === event.name && each.kind === event.kind);
  const company = words.groups.find((each) => each.type === "company");
  return [
    ...words.attributes,
    ...(of?.properties ?? []).map((each) => ({ ...each, name: `event.${each.name}` })),
    ...(company?.attributes ?? []).map((each) => ({ ...each, name: `company.${each.name}` })),
  ];
}

/** What a clause still lacks before it says anything; "" where nothing. */
export function lacks(clause: Clause): string {
  switch (clause.clause) {
    case "did": return clause.event?.trim() ? "" : "Choose an event.";
    case "message": return clause.channel ? "" : "Choose a channel.";
    case "in_segment": return clause.segment ? "" : "Choose a segment.";
    case "in_group": return clause.type?.trim() ? "" : "Choose a type of group.";
    case "text": return clause.text?.trim() ? "" : "Write a rule.";
  }
  if (!clause.path?.length || clause.path.some((part) => !part)) return "Choose a name.";
  if (clause.clause === "one_of" && !clause.values?.length) return "Give at least one value.";
  if ((clause.clause === "compare" || clause.clause === "contains") && clause.value === "") return "Give a value.";
  if ((clause.clause === "starts_with" || clause.clause === "ends_with") && !clause.text) return "Give a text.";
  if (clause.clause === "matches" && !clause.pattern) return "Give a pattern.";
  return "";
}
