/** A part of the catalog: the events, the attributes, or one event with its properties. All of it has every property of every event: too much to read again and again. */
import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../api/client";

interface Part { what?: "events" | "attributes"; kind?: string; name?: string }

export const seen = (workspace: string, part: Part) =>
  queryOptions({ queryKey: ["catalog", workspace, part], queryFn: async () => (await data(api.GET("/api/catalog", { params: { query: part } }))).catalog });
