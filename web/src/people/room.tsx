import { IconUsers } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { text } from "../ui/ListPage";

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): { q?: string; rule?: string; columns?: string } => ({ q: text(search.q), rule: text(search.rule), columns: text(search.columns) }),
  component: lazyRouteComponent(() => import("./People"), "People"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/people/$person",
  validateSearch: (search: Record<string, unknown>): { kind?: string } => ({ kind: text(search.kind) }),
  component: lazyRouteComponent(() => import("./PersonPage"), "PersonPage"),
});

export const file = createRoute({
  getParentRoute: () => workspace,
  path: "/people/import",
  component: lazyRouteComponent(() => import("./ImportPage"), "ImportPage"),
});

export const room: Room = {
  routes: [list, file, one],
  places: [{ label: "People", path: "/people", icon: IconUsers, order: 30, permission: "people:read", keywords: ["users", "customers", "contacts"] }],
};
