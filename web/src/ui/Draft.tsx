/** Marks what nobody gets yet: changes beside what is in force, or a thing that was never published. */
import { Standing } from "./Standing";

export function Draft({ live, by }: { live: boolean; by?: string }) {
  return <Standing colour="blue" size="sm" title={by && `Changed by ${by}`}>{live ? "Changes in a draft" : "Draft"}</Standing>;
}
