import { IconRoute } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { asked, text, type Asked } from "../ui/asked";

/** What becomes of a journey as a whole; one that is asked about stands in the address. */
export const MOVES = ["pause", "resume", "close", "stop", "shadow", "send"] as const;
export type Move = (typeof MOVES)[number];

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/journeys",
  validateSearch: (search: Record<string, unknown>): { q?: string } & Labelled => ({ q: text(search.q), ...labelled(search) }),
  component: lazyRouteComponent(() => import("./Journeys"), "Journeys"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/journeys/$journey",
  validateSearch: (search: Record<string, unknown>): { step?: string; as?: "list" | "code"; draft?: boolean; versions?: boolean; move?: Move } & Asked => ({
    ...asked(search),
    step: text(search.step),
    as: search.as === "list" || search.as === "code" ? search.as : undefined,
    draft: search.draft === true ? true : undefined,
    versions: search.versions === true ? true : undefined,
    move: MOVES.find((move) => move === search.move),
  }),
  component: lazyRouteComponent(() => import("./JourneyPage"), "JourneyPage"),
});

export const parked = createRoute({
  getParentRoute: () => workspace,
  path: "/parked",
  validateSearch: (search: Record<string, unknown>): { q?: string; journey?: string; step?: string; fault?: string; sort?: string } => ({
    q: text(search.q), journey: text(search.journey), step: text(search.step), fault: text(search.fault), sort: text(search.sort),
  }),
  component: lazyRouteComponent(() => import("./Parked"), "Parked"),
});

export const room: Room = {
  routes: [list, one, parked],
  places: [{ label: "Journeys", path: "/journeys", icon: IconRoute, order: 10, permission: "journeys:read", holds: ["/recipes", "/parked"], keywords: ["campaigns", "flows", "automation"], deeds: [
    { label: "New journey", path: "/journeys", search: { new: true }, permission: "journeys:edit", keywords: "create add campaign flow automation" },
    { label: "Journey from a recipe", path: "/recipes", permission: "journeys:edit", keywords: "create new template gallery example" },
  ] }],
};
