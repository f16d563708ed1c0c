/** What the canvas and the list are both given, and what can be done on them while a journey is edited. */
import type { Schemas } from "../api/client";
import type { Forms, Journey } from "./document";
import type { Spot } from "./edit";

export type Counts = Schemas["StepCounts"];

/** How a step differs from another version. */
export type Differs = "added" | "removed" | "changed" | "moved";

export interface Shown {
  journey: Journey;
  forms: Forms;
  counts: Map<string, Counts>;
  entered: number;
  done: number;
  /** The step whose panel is open: its id, or `trigger`. */
  chosen: string | undefined;
  choose: (step: string | undefined) => void;
  /** The first fault of each step, by its id. */
  flaws?: Map<string, string>;
  /** Of two versions side by side: the steps of this one that differ, by their ids, and `trigger`. */
  differs?: ReadonlyMap<string, Differs>;
}

/** What can be done to steps, from the canvas, the keyboard and the panel alike. */
export interface Hands {
  add: (spot: Spot) => void;
  addAfter: (step: string) => void;
  move: (step: string, spot: Spot) => void;
  shift: (step: string, by: -1 | 1) => void;
  remove: (step: string) => void;
  duplicate: (step: string) => void;
  copy: (step: string) => void;
  paste: (step: string) => void;
}

/**
 * `3 waiting, 12 passed, 10 sent`; what is nothing is left out, and where all is nothing it says so. Where messages were not sent or failed,
 * that stands in the place of who passed: a card has one line.
 */
export function saysCounts(counts: Counts | undefined): string {
  if (!counts) return "Nobody yet";
  const passed = counts.dropped || counts.failed ? 0 : counts.passed;
  const said = [[counts.waiting, "waiting"], [passed, "passed"], [counts.sent, "sent"], [counts.dropped, "not sent"], [counts.failed, "failed"], [counts.left, "left"]] as const;
  return said.filter(([count]) => count > 0).map(([count, word]) => `${count.toLocaleString("en")} ${word}`).join(", ") || "Nobody yet";
}
