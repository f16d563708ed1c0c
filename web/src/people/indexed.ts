/** The attributes that lists of people are sorted and searched by, and how far the work on each has come. */
import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../api/client";

export const indexed = (workspace: string) =>
  queryOptions({
    queryKey: ["people", workspace, "indexes"],
    queryFn: () => data(api.GET("/api/people/indexes")),
    refetchInterval: (query) => (query.state.data?.indexes.some((each) => each.state !== "ready") ? 1500 : false),
  });
