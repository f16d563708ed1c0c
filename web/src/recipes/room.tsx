import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { listing, text, type Listing } from "../ui/asked";

export const gallery = createRoute({
  getParentRoute: () => workspace,
  path: "/recipes",
  validateSearch: (search: Record<string, unknown>): { recipe?: string } & Listing => ({ recipe: text(search.recipe), ...listing(search) }),
  component: lazyRouteComponent(() => import("./Recipes"), "Recipes"),
});

export const room: Room = { routes: [gallery], places: [] };
