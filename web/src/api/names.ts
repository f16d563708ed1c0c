/** What things are called by those who made them: files and addresses name them by their ids, people read their names. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, data } from "./client";

/** Asked anew by each page: whoever made a message a moment ago wants to choose it now. */
export const names = (workspace: string) =>
  queryOptions({ queryKey: ["journey-names", workspace], queryFn: () => data(api.GET("/api/names")), staleTime: 0 });

/** The name of a journey or segment; its id while none is known, or where one may not ask. */
export function useNames(workspace: string) {
  const found = useQuery(names(workspace)).data;
  const of = (those: { name: string; title: string }[] | undefined) => {
    const titles = new Map(those?.map((each) => [each.name, each.title]));
    return (id: string) => titles.get(id) || id;
  };
  return { found, journey: of(found?.journeys), segment: of(found?.segments) };
}
