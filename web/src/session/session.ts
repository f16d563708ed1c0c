/** Who is signed in, and where. */
import { queryOptions } from "@tanstack/react-query";
import { api, data, standing, type Schemas } from "../api/client";

export type Now = Schemas["Now"];

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Now> => {
    const now = await data(api.GET("/api/session"));
    standing.csrf = now.csrf ?? "";
    return now;
  },
  staleTime: 60_000,
});

/** Whether somebody may, in a workspace of theirs. */
export function may(now: Now, workspace: string, permission: string): boolean {
  return now.workspaces?.find((each) => each.name === workspace)?.permissions.includes(permission) ?? false;
}
