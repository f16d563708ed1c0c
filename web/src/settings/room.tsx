import { IconSettings } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { root, workspace } from "../app/routes";
import { listing, text } from "../ui/asked";
import { PARTS } from "./parts";

export const frame = createRoute({
  getParentRoute: () => workspace,
  path: "/settings",
  component: lazyRouteComponent(() => import("./Frame"), "Frame"),
});
const index = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: `/${encodeURIComponent(params.workspace)}/settings/account`, replace: true });
  },
});
export const account = createRoute({ getParentRoute: () => frame, path: "/account", validateSearch: listing, component: lazyRouteComponent(() => import("./Account"), "Account") });
export const team = createRoute({ getParentRoute: () => frame, path: "/team", validateSearch: listing, component: lazyRouteComponent(() => import("./Team"), "Team") });
export const signOn = createRoute({ getParentRoute: () => frame, path: "/sign-on", validateSearch: listing, component: lazyRouteComponent(() => import("./SignOn"), "SignOn") });
export const keys = createRoute({ getParentRoute: () => frame, path: "/keys", validateSearch: listing, component: lazyRouteComponent(() => import("./Keys"), "Keys") });
export const sending = createRoute({ getParentRoute: () => frame, path: "/sending", validateSearch: listing, component: lazyRouteComponent(() => import("./Sending"), "Sending") });
export const topics = createRoute({ getParentRoute: () => frame, path: "/topics", validateSearch: listing, component: lazyRouteComponent(() => import("./Topics"), "Topics") });
const brand = createRoute({ getParentRoute: () => frame, path: "/brand", component: lazyRouteComponent(() => import("./Brand"), "Brand") });
export const alerts = createRoute({ getParentRoute: () => frame, path: "/alerts", validateSearch: listing, component: lazyRouteComponent(() => import("./Alerts"), "Alerts") });
export const approvals = createRoute({ getParentRoute: () => frame, path: "/approvals", validateSearch: listing, component: lazyRouteComponent(() => import("./Approvals"), "Approvals") });
export const approval = createRoute({
  getParentRoute: () => frame,
  path: "/approvals/$approval",
  component: lazyRouteComponent(() => import("./ApprovalPage"), "ApprovalPage"),
});
export interface Narrowed { q?: string; kind?: string; what?: string; actor?: string; /** Days, such as 2026-11-26, both included. */ from?: string; to?: string; sort?: string }
export const audit = createRoute({
  getParentRoute: () => frame,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): Narrowed => ({ q: text(search.q), kind: text(search.kind), what: text(search.what), actor: text(search.actor), from: text(search.from), to: text(search.to), sort: search.sort === "at" ? "at" : undefined }),
  component: lazyRouteComponent(() => import("./Audit"), "Audit"),
});
const place = createRoute({ getParentRoute: () => frame, path: "/workspace", component: lazyRouteComponent(() => import("./Workspace"), "Workspace") });
const confirm = createRoute({ getParentRoute: () => root, path: "/confirm", component: lazyRouteComponent(() => import("./Confirm"), "Confirm") });

export const room: Room = {
  outside: [confirm],
  routes: [frame.addChildren([index, account, team, signOn, keys, sending, topics, brand, alerts, approvals, approval, audit, place])],
  places: [{
    label: "Settings", path: "/settings", icon: IconSettings, order: 90, parts: PARTS.flatMap(([, parts]) => parts),
    deeds: [{ label: "Invite somebody", path: "/settings/team", search: { new: true }, permission: "team:edit", keywords: "add member team colleague user" }],
  }],
};
