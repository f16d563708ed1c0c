import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { listing, text, type Listing } from "../ui/asked";

export type Way = "person" | "history" | "people" | "me";

export const rehearse = createRoute({
  getParentRoute: () => workspace,
  path: "/journeys/$journey/rehearse",
  validateSearch: (search: Record<string, unknown>): { by?: Way; id?: string } & Listing => ({
    ...listing(search),
    by: search.by === "history" || search.by === "people" || search.by === "me" ? search.by : undefined,
    id: text(search.id),
  }),
  component: lazyRouteComponent(() => import("./Rehearse"), "Rehearse"),
});

export const room: Room = { routes: [rehearse], places: [] };
