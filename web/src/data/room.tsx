import { IconDatabase } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { Part, Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { listing, text } from "../ui/asked";

export const PARTS: readonly Part[] = [
  ["catalog", "Catalog", undefined, "events attributes properties"], ["derived", "Derived events"], ["sources", "Sources", "keys:read", "write key sdk snippet install integration"],
  ["live", "Live events", undefined, "stream debugger"], ["rejected", "Rejected", undefined, "errors faults replay"], ["exports", "Exports", undefined, "export download csv"],
];

export const frame = createRoute({
  getParentRoute: () => workspace,
  path: "/data",
  component: lazyRouteComponent(() => import("./Frame"), "Frame"),
});
const index = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: `/${encodeURIComponent(params.workspace)}/data/catalog`, replace: true });
  },
});
export interface Chosen { q?: string; kind?: string; name?: string; hidden?: boolean; sort?: string }
export const catalog = createRoute({
  getParentRoute: () => frame,
  path: "/catalog",
  validateSearch: (search: Record<string, unknown>): Chosen => ({ q: text(search.q), kind: text(search.kind), name: text(search.name), hidden: search.hidden === true || undefined, sort: text(search.sort) }),
  component: lazyRouteComponent(() => import("./Catalog"), "Catalog"),
});
export const derived = createRoute({
  getParentRoute: () => frame,
  path: "/derived",
  validateSearch: (search: Record<string, unknown>): { q?: string } & Labelled => ({ q: text(search.q), ...labelled(search) }),
  component: lazyRouteComponent(() => import("./DerivedEvents"), "DerivedEvents"),
});
export const oneDerived = createRoute({
  getParentRoute: () => workspace,
  path: "/data/derived/$event",
  component: lazyRouteComponent(() => import("./DerivedEvent"), "DerivedEvent"),
});
export const sources = createRoute({ getParentRoute: () => frame, path: "/sources", validateSearch: listing, component: lazyRouteComponent(() => import("./Sources"), "Sources") });
export const live = createRoute({ getParentRoute: () => frame, path: "/live", validateSearch: listing, component: lazyRouteComponent(() => import("./Live"), "Live") });
export interface Refused { q?: string; reason?: string; /** The number of one. */ source?: string; all?: boolean; sort?: string }
export const rejected = createRoute({
  getParentRoute: () => frame,
  path: "/rejected",
  validateSearch: (search: Record<string, unknown>): Refused => ({ q: text(search.q), reason: text(search.reason), source: text(search.source), all: search.all === true || undefined, sort: search.sort === "at" ? "at" : undefined }),
  component: lazyRouteComponent(() => import("./Rejected"), "Rejected"),
});
export const exports = createRoute({ getParentRoute: () => frame, path: "/exports", component: lazyRouteComponent(() => import("./Exports"), "Exports") });

export const room: Room = {
  routes: [frame.addChildren([index, catalog, derived, sources, live, rejected, exports]), oneDerived],
  places: [{
    label: "Data", path: "/data", icon: IconDatabase, order: 60, permission: "data:read",
    parts: PARTS,
    keywords: ["events", "attributes"],
  }],
};
