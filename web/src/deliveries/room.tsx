import { IconSend } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { text } from "../ui/asked";

/** What the list can be narrowed to, all in the URL. */
export interface Narrowed { q?: string; state?: string; channel?: string; journey?: string; template?: string; sort?: string }

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/deliveries",
  validateSearch: (search: Record<string, unknown>): Narrowed => ({
    q: text(search.q), state: text(search.state), channel: text(search.channel), journey: text(search.journey), template: text(search.template), sort: search.sort === "due" ? "due" : undefined,
  }),
  component: lazyRouteComponent(() => import("./Deliveries"), "Deliveries"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/deliveries/$delivery",
  component: lazyRouteComponent(() => import("./DeliveryPage"), "DeliveryPage"),
});

export const room: Room = {
  routes: [list, one],
  places: [{ label: "Deliveries", path: "/deliveries", icon: IconSend, order: 50, permission: "deliveries:read", keywords: ["messages", "emails", "sent", "bounced"] }],
};
