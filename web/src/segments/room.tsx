import { IconFilter } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { text } from "../ui/asked";

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/segments",
  validateSearch: (search: Record<string, unknown>): { q?: string } & Labelled => ({ q: text(search.q), ...labelled(search) }),
  component: lazyRouteComponent(() => import("./Segments"), "Segments"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/segments/$segment",
  component: lazyRouteComponent(() => import("./SegmentPage"), "SegmentPage"),
});

export const room: Room = {
  routes: [list, one],
  places: [{ label: "Segments", path: "/segments", icon: IconFilter, order: 20, permission: "segments:read", keywords: ["audience", "groups", "rules"], deeds: [{ label: "New segment", path: "/segments", search: { new: true }, permission: "segments:edit", keywords: "create add audience" }] }],
};
