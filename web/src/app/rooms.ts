/** The rooms there are, found by walking: each folder with a `room.tsx` gives its routes, and its place in the navigation if it has one. */
import type { AnyRoute } from "@tanstack/react-router";
import type { ComponentType } from "react";

export interface Place {
  label: string;
  /** Below `/$workspace`, such as `/people`. */
  path: string;
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  /** Home 0, Journeys 10, Segments 20, People 30, Content 40, Deliveries 50, Data 60, Reports 70, Settings 90. */
  order: number;
  /** Shown to those who have it. */
  permission?: string;
  /** Pages elsewhere that belong to it, by the beginning of their paths. */
  holds?: string[];
  /** Words by which the command palette finds it besides its label. */
  keywords?: string[];
  /** Pages within it that the command palette goes to as well: below the place's path, what each is called, and the permission it takes. */
  parts?: readonly Part[];
  /** What can be begun here, from anywhere, by the command palette. */
  deeds?: readonly Deed[];
}

export type Part = readonly [path: string, label: string, permission?: string, keywords?: string];

export interface Deed {
  label: string;
  path: string;
  search?: Record<string, unknown>;
  permission?: string;
  keywords?: string;
}

export interface Room {
  /** Routes under `/$workspace`. */
  routes?: AnyRoute[];
  /** Routes outside of any workspace. */
  outside?: AnyRoute[];
  places?: Place[];
}

const found = import.meta.glob<{ room: Room }>("../*/room.tsx", { eager: true });

export const rooms: Room[] = Object.values(found).map((module) => module.room);
export const places: Place[] = rooms.flatMap((room) => room.places ?? []).sort((a, b) => a.order - b.order);
