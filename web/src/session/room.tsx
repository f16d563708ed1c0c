import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { root } from "../app/routes";

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {},
  component: lazyRouteComponent(() => import("./Login"), "Login"),
});
const join = createRoute({
  getParentRoute: () => root,
  path: "/join",
  component: lazyRouteComponent(() => import("./Join"), "Join"),
});
const password = createRoute({
  getParentRoute: () => root,
  path: "/password",
  component: lazyRouteComponent(() => import("./Password"), "Password"),
});

/** Where a provider of single sign-on sends people back to. What it sent along is read as it came: the router would take digits for a number. */
export const came = location.search;
export const returned = createRoute({ getParentRoute: () => root, path: "/login/$way", component: lazyRouteComponent(() => import("./SignOn"), "Returned") });

export const room: Room = { outside: [login, join, password, returned] };
