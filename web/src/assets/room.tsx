import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { text } from "../ui/asked";

/** What the page can be narrowed to, and which picture is open, all in the URL. */
export interface Narrowed extends Labelled { q?: string; unused?: boolean; open?: string }

export const page = createRoute({
  getParentRoute: () => workspace,
  path: "/content/assets",
  validateSearch: (search: Record<string, unknown>): Narrowed => ({
    q: text(search.q), unused: search.unused === true ? true : undefined, open: text(search.open), ...labelled(search),
  }),
  component: lazyRouteComponent(() => import("./Assets"), "Assets"),
});

export const room: Room = { routes: [page] };
