import type { Schemas } from "../api/client";

/** Whether nothing is left of the first steps. */
export function isSetUp(start: Schemas["Start"]): boolean {
  return start.event && start.sender && start.carried && start.confirmed && start.brand && start.journey;
}
