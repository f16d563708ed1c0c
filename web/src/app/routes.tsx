/** The two routes that every room hangs its own under: the root, and a workspace (`/production/…`), for which one must be signed in. */
import { createRootRoute, createRoute, notFound, Outlet, redirect } from "@tanstack/react-router";
import { standing } from "../api/client";
import { session } from "../session/session";
import { Broken, NotFound } from "./Broken";
import { queries } from "./queries";
import { Shell } from "./Shell";

export const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });

export const workspace = createRoute({
  getParentRoute: () => root,
  path: "$workspace",
  beforeLoad: async ({ params, location }) => {
    const now = await queries.ensureQueryData(session);
    if (!now.email) throw redirect({ to: "/login", search: { next: location.href } });
    if (!now.workspaces?.some((each) => each.name === params.workspace)) throw notFound();
    standing.workspace = params.workspace;
    return { now };
  },
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Broken,
});
