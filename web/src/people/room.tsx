import { IconUsers } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { text } from "../ui/ListPage";

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): { q?: string } => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import("./People"), "People"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/people/$person",
  validateSearch: (search: Record<string, unknown>): { kind?: string } => ({ kind: text(search.kind) }),
  component: lazyRouteComponent(() => import("./PersonPage"), "PersonPage"),
});

export const room: Room = {
  routes: [list, one],
  places: [{ label: "People", path: "/people", icon: IconUsers, order: 30, permission: "people:read", keywords: ["users", "customers", "contacts"] }],
};
