import { IconMail } from "@tabler/icons-react";
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Room } from "../app/rooms";
import { workspace } from "../app/routes";
import { labelled, type Labelled } from "../labels/labels";
import { text } from "../ui/asked";

/** What the list can be narrowed to, all in the URL. */
export interface Narrowed extends Labelled { q?: string; kind?: string; channel?: string; unused?: boolean }
export const VIEWS = ["design", "code", "settings"] as const;
export type View = (typeof VIEWS)[number];

export const list = createRoute({
  getParentRoute: () => workspace,
  path: "/content",
  validateSearch: (search: Record<string, unknown>): Narrowed => ({
    q: text(search.q), kind: text(search.kind), channel: text(search.channel), unused: search.unused === true ? true : undefined, ...labelled(search),
  }),
  component: lazyRouteComponent(() => import("./Contents"), "Contents"),
});
export const one = createRoute({
  getParentRoute: () => workspace,
  path: "/content/$kind/$name",
  validateSearch: (search: Record<string, unknown>): { view?: View } => ({ view: VIEWS.find((view) => view === search.view) }),
  component: lazyRouteComponent(() => import("./PiecePage"), "PiecePage"),
});

export const room: Room = {
  routes: [list, one],
  places: [{ label: "Content", path: "/content", icon: IconMail, order: 40, permission: "content:read", keywords: ["templates", "emails", "messages", "layouts", "snippets", "texts"], parts: [["assets", "Assets", undefined, "pictures images logo upload files"]], deeds: [
    { label: "New message", path: "/content", search: { new: true }, permission: "content:edit", keywords: "create add write email template sms push layout snippet" },
  ] }],
};
