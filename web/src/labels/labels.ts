/** Folders, tags, the archive and one's favourites: what a list can be narrowed to, all in its URL, as is its order. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import { text } from "../ui/asked";

export type Label = Schemas["Label"];
export type Kind = Label["kind"];
export interface Labelled { folder?: string; tag?: string; fav?: boolean; archived?: boolean; sort?: string }

export function labelled(search: Record<string, unknown>): Labelled {
  return { folder: text(search.folder), tag: text(search.tag), fav: search.fav === true ? true : undefined, archived: search.archived === true ? true : undefined, sort: text(search.sort) };
}

export const labels = (workspace: string) => queryOptions({ queryKey: ["labels", workspace], queryFn: async () => (await data(api.GET("/api/labels"))).labels, staleTime: 1000 });

/** What is known of each of some kinds: `of` gives its label, `fits` whether it belongs into a list that is narrowed so. */
export function useLabels(workspace: string, kinds: Kind[]) {
  const found = useQuery(labels(workspace)).data ?? [];
  const own = found.filter((each) => kinds.includes(each.kind));
  const map = new Map(own.map((each) => [`${each.kind}/${each.name}`, each]));
  const of = (kind: Kind, name: string): Label => map.get(`${kind}/${name}`) ?? { kind, name, folder: "", tags: [], archived: null, archived_by: "", favourite: false };
  const fits = (label: Label, by: Labelled) =>
    (by.archived === true) === (label.archived !== null) && (!by.folder || label.folder === by.folder) && (!by.tag || label.tags.includes(by.tag)) && (!by.fav || label.favourite);
  return { of, fits, away: own.some((each) => each.archived !== null), folders: unique(own.map((each) => each.folder)), tags: unique(own.flatMap((each) => each.tags)), version: JSON.stringify(own) };
}

export function isNarrowed(by: Labelled): boolean {
  return !!(by.folder || by.tag || by.fav || by.archived);
}

function unique(words: string[]): string[] {
  return [...new Set(words.filter(Boolean))].sort((a, b) => a.localeCompare(b));
}
