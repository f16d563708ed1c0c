/** A state as a badge: the word says it, the colour only helps. */
import { Badge } from "@mantine/core";

const COLOURS: Record<string, string> = { sent: "teal", done: "teal", running: "blue", failed: "red", held: "yellow" };

export function Mark({ of, says = of }: { of: string; says?: string }) {
  const dot = <span aria-hidden style={{ display: "block", width: 7, height: 7, borderRadius: 7, background: `var(--mantine-color-${COLOURS[of] ?? "gray"}-6)` }} />;
  return <Badge leftSection={dot}>{says.charAt(0).toUpperCase() + says.slice(1)}</Badge>;
}
