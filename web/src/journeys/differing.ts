/** Which steps of two versions differ, and how. Pure. */
import type { Schemas } from "../api/client";
import type { Differs } from "./shown";

/** The marks of each of two versions: what is added stands on the new one alone, what is removed on the old one. A change outweighs a move. */
export function marked(changes: readonly Schemas["ChangeInWords"][]): { fresh: Map<string, Differs>; former: Map<string, Differs> } {
  const fresh = new Map<string, Differs>(), former = new Map<string, Differs>();
  for (const { what, step } of changes) {
    const id = step || "trigger";
    const differs: Differs = what === "added" || what === "removed" ? what : what === "moved" && fresh.get(id) !== "changed" ? "moved" : "changed";
    if (differs !== "removed") fresh.set(id, differs);
    if (differs !== "added") former.set(id, differs);
  }
  return { fresh, former };
}
