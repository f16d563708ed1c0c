import { createRoute, createRouter, redirect } from "@tanstack/react-router";
import { session } from "../session/session";
import { Broken } from "./Broken";
import { queries } from "./queries";
import { places, rooms } from "./rooms";
import { root, workspace } from "./routes";

const index = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async () => {
    const now = await queries.ensureQueryData(session);
    const first = now.workspaces?.[0]?.name;
    if (!now.email || !first) throw redirect({ to: "/login" });
    throw redirect({ to: "/$workspace", params: { workspace: last(now.workspaces!.map((each) => each.name)) ?? first } });
  },
});

/** Where no room is at home at `/$workspace` itself, one starts at the first place there is. */
const start = createRoute({
  getParentRoute: () => workspace,
  path: "/",
  beforeLoad: ({ params }) => {
    const first = places.find((place) => place.path !== "");
    if (first) throw redirect({ to: `/$workspace${first.path}` as "/$workspace", params, replace: true });
  },
});
const hasHome = places.some((place) => place.path === "");

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    ...rooms.flatMap((room) => room.outside ?? []),
    workspace.addChildren([...rooms.flatMap((room) => room.routes ?? []), ...(hasHome ? [] : [start])]),
  ]),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  // within the frame, so that one can go on elsewhere
  defaultErrorComponent: Broken,
});

router.subscribe("onResolved", ({ toLocation }) => {
  const name = toLocation.pathname.split("/")[1];
  if (name && !["login", "join"].includes(name)) localStorage.setItem("tidings-workspace", decodeURIComponent(name));
});

function last(names: string[]): string | undefined {
  const kept = localStorage.getItem("tidings-workspace");
  return names.find((name) => name === kept);
}
