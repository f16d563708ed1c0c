/** The page of a room's part, for those who may see it. Who came by its address all the same reads that it is not for them. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { Refused } from "../api/client";
import { may, type Now } from "../session/session";
import { Failed } from "../ui/Page";
import type { Part } from "./rooms";

/** `parts`: those of a place right below the workspace. */
export function Allowed({ now, workspace, parts }: { now: Now | undefined; workspace: string; parts: readonly Part[] }) {
  const at = useRouterState({ select: (state) => state.location.pathname.split("/")[3] });
  const [, label, permission] = parts.find(([path]) => path === at) ?? [];
  if (now && permission && !may(now, workspace, permission)) return <Failed whole error={new Refused(403, `“${label}” is not for your role here`, "An admin can let you see it.")} />;
  return <Outlet />;
}
