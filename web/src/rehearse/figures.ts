/** The figures of a side, as the canvas and the tables show them. */
import type { Schemas } from "../api/client";

type Side = Schemas["SideCount"];

const LABELS: Record<string, string> = { draft: "The draft", live: "What is live", "this document": "This version" };
/** What a side is called at the head of its figures: `version 2` is “Version 2”. */
export const sideCalled = (label: string) => LABELS[label] ?? label.charAt(0).toUpperCase() + label.slice(1);
const PASSED = ["passed", "branched", "planned", "skipped"];
/** Ways out of it at a step, as live counts them: `done` at an exit step. Who is parked stands there still. */
const LEFT = ["held_out", "exited", "stopped", "merged", "done"];
/** Ways in which a message is not sent that is no fault. */
const DROPPED = ["refused", "cancelled"];

export function figure(count: number): string {
  return count.toLocaleString("en");
}

/** How many messages of all steps ended so. */
export function ended(side: Side, fate: string): number {
  return Object.values(side.messages).reduce((sum, fates) => sum + (fates[fate] ?? 0), 0);
}

/** How many a split held out. */
export function heldOut(side: Side): number {
  return Object.values(side.steps).reduce((sum, moves) => sum + (moves.held_out ?? 0), 0);
}

/** The numbers of each step, as a live journey has them. */
export function stepCounts(side: Side): Record<string, Schemas["StepCounts"]> {
  const steps = new Set([...Object.keys(side.steps), ...Object.keys(side.standing), ...Object.keys(side.messages)]);
  const add = (moves: Record<string, number>, names: string[]) => names.reduce((sum, name) => sum + (moves[name] ?? 0), 0);
  return Object.fromEntries([...steps].map((step) => {
    const moves = side.steps[step] ?? {};
    const fates = side.messages[step] ?? {};
    return [step, { step, kind: "", waiting: side.standing[step] ?? 0, passed: add(moves, PASSED), left: add(moves, LEFT), sent: fates.sent ?? 0, delivered: 0, opened: 0, clicked: 0, converted: 0, dropped: add(fates, DROPPED), failed: fates.failed ?? 0, bounced: 0 }];
  }));
}
