import { IconUsers } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { text } from "../ui/asked";

/** What the list is asked for. `sort` as the server reads it, such as `-last_seen`; `attribute` is `value`. */
const ASKED = ["q", "rule", "columns", "sort", "segment", "attribute", "value"] as const;
export type Asked = Partial<Record<(typeof ASKED)[number], string>>;

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): Asked => Object.fromEntries(ASKED.map((name) => [name, text(search[name])])),
  component: lazyRouteComponent(() => import("./People"), "People"),
});
/** What of what happened is shown; `sort` is `time` where the oldest comes first. */
export interface Narrowed { kind?: string; q?: string; sort?: string }
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/people/$person",
  validateSearch: (search: Record<string, unknown>): Narrowed => ({ kind: text(search.kind), q: text(search.q), sort: search.sort === "time" ? "time" : undefined }),
  component: lazyRouteComponent(() => import("./PersonPage"), "PersonPage"),
});

/** What of the work on many people is shown; `sort` as above. */
export interface Searched { q?: string; state?: string; sort?: string }
export const file = createRoute({
  getParentRoute: () => workspace,
  path: "/people/import",
  validateSearch: (search: Record<string, unknown>): Searched => ({ q: text(search.q), state: text(search.state), sort: search.sort === "time" ? "time" : undefined }),
  component: lazyRouteComponent(() => import("./ImportPage"), "ImportPage"),
});

export const room: Room = {
  routes: [list, file, one],
  places: [{ label: "People", path: "/people", icon: IconUsers, order: 30, permission: "people:read", keywords: ["users", "customers", "contacts"], deeds: [{ label: "Import people", path: "/people/import", permission: "people:edit", keywords: "upload csv file contacts customers" }] }],
};
