/** Whether all sending is stopped, by whom and why, and how much waits. */
import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../api/client";

export const sending = (workspace: string) => queryOptions({ queryKey: ["sending", workspace], queryFn: () => data(api.GET("/api/sending")), refetchInterval: 5000 });
