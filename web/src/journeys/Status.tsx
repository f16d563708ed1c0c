import { Badge } from "@mantine/core";

const COLOURS: Record<string, string> = { live: "teal", paused: "yellow", closed: "gray", stopped: "gray", shadow: "violet", draft: "blue" };

/** Whether a journey lets people in, and whether it sends, as a badge: the words say it, the colour only helps. */
export function Status({ of, shadow = false }: { of: string; shadow?: boolean }) {
  const says = of.charAt(0).toUpperCase() + of.slice(1) + (shadow ? ", in shadow" : "");
  return <Badge variant="default" tt="none" fw={550} leftSection={<Dot colour={COLOURS[shadow ? "shadow" : of] ?? "gray"} />}>{says}</Badge>;
}

function Dot({ colour }: { colour: string }) {
  return <span aria-hidden style={{ display: "block", width: 7, height: 7, borderRadius: 7, background: `var(--mantine-color-${colour}-6)` }} />;
}
