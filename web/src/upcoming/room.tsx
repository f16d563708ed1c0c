import { IconCalendarTime } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";

export type View = "month" | "week" | "list";
/** `view` left out: a month where there is room, else the list. `from`: a day of what is shown; `day`: one that is opened. */
export interface Search { view?: View; from?: string; day?: string }

const day = (value: unknown) => (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined);

export const calendar = createRoute({
  getParentRoute: () => workspace,
  path: "/upcoming",
  validateSearch: (search: Record<string, unknown>): Search => ({
    view: (["month", "week", "list"] as const).find((each) => each === search.view), from: day(search.from), day: day(search.day),
  }),
  component: lazyRouteComponent(() => import("./Upcoming"), "Upcoming"),
});

export const room: Room = {
  routes: [calendar],
  places: [{ label: "Upcoming", path: "/upcoming", icon: IconCalendarTime, order: 45, permission: "journeys:read", keywords: ["calendar", "schedule", "planned", "forecast", "next"] }],
};
