import { IconChartBar } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { asked, text, type Asked } from "../ui/asked";

/** `sort`: the order of one of the tables, as `templates.-Sent`; `q`: what is looked for in one, as `templates.welcome`. */
export interface Span { days?: number; sort?: string; q?: string }
const span = (search: Record<string, unknown>): Span => ({ days: [7, 30, 90, 365].find((days) => days === Number(search.days)), sort: text(search.sort), q: text(search.q) });

export const overview = createRoute({
  getParentRoute: () => workspace, path: "/reports", validateSearch: span, component: lazyRouteComponent(() => import("./Reports"), "Reports"),
});
export const journey = createRoute({
  getParentRoute: () => workspace, path: "/reports/$journey", validateSearch: (search: Record<string, unknown>): Span & Asked => ({ ...span(search), ...asked(search) }), component: lazyRouteComponent(() => import("./JourneyReport"), "JourneyReport"),
});

export const room: Room = {
  routes: [overview, journey],
  places: [{ label: "Reports", path: "/reports", icon: IconChartBar, order: 70, permission: "reports:read", keywords: ["numbers", "statistics", "opens", "clicks", "conversion", "funnel"] }],
};
