/** Marks what nobody gets yet: changes beside what is in force, or a thing that was never published. */
import { Badge } from "@mantine/core";

export function Draft({ live, by }: { live: boolean; by?: string }) {
  return <Badge variant="light" size="sm" tt="none" fw={550} title={by && `Changed by ${by}`}>{live ? "Changes in a draft" : "Draft"}</Badge>;
}
