import { IconHome } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { listing } from "../ui/asked";

export const home = createRoute({ getParentRoute: () => workspace, path: "/", validateSearch: listing, component: lazyRouteComponent(() => import("./Home"), "Home") });

export const room: Room = {
  routes: [home],
  places: [{ label: "Home", path: "", icon: IconHome, order: 0, keywords: ["start", "set up", "overview", "first steps"] }],
};
