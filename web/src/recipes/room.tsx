import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { text } from "../ui/asked";

export const gallery = createRoute({
  getParentRoute: () => workspace,
  path: "/recipes",
  validateSearch: (search: Record<string, unknown>): { recipe?: string } => ({ recipe: text(search.recipe) }),
  component: lazyRouteComponent(() => import("./Recipes"), "Recipes"),
});

export const room: Room = { routes: [gallery], places: [] };
