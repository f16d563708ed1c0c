/** What there is to choose from in a workspace, by id and by name. */
import { queryOptions } from "@tanstack/react-query";
import { api, data } from "./client";

/** Asked anew by each page: whoever made a message a moment ago wants to choose it now. */
export const names = (workspace: string) =>
  queryOptions({ queryKey: ["journey-names", workspace], queryFn: () => data(api.GET("/api/names")), staleTime: 0 });
