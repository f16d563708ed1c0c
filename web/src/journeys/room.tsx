import { IconRoute } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { asked, text, type Asked } from "../ui/asked";

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/journeys",
  validateSearch: (search: Record<string, unknown>): { q?: string } & Labelled => ({ q: text(search.q), ...labelled(search) }),
  component: lazyRouteComponent(() => import("./Journeys"), "Journeys"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/journeys/$journey",
  validateSearch: (search: Record<string, unknown>): { step?: string; as?: "list" | "code"; draft?: boolean; versions?: boolean } & Asked => ({
    ...asked(search),
    step: text(search.step),
    as: search.as === "list" || search.as === "code" ? search.as : undefined,
    draft: search.draft === true ? true : undefined,
    versions: search.versions === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import("./JourneyPage"), "JourneyPage"),
});

export const parked = createRoute({
  getParentRoute: () => workspace,
  path: "/parked",
  validateSearch: (search: Record<string, unknown>): { journey?: string; step?: string; fault?: string; sort?: string } => ({
    journey: text(search.journey), step: text(search.step), fault: text(search.fault), sort: text(search.sort),
  }),
  component: lazyRouteComponent(() => import("./Parked"), "Parked"),
});

export const room: Room = {
  routes: [list, one, parked],
  places: [{ label: "Journeys", path: "/journeys", icon: IconRoute, order: 10, permission: "journeys:read", keywords: ["campaigns", "flows", "automation"] }],
};
