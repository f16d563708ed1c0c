import { capital } from "../api/quoted";
import { Standing } from "../ui/Standing";

const COLOURS: Record<string, string> = { live: "teal", paused: "yellow", closed: "gray", stopped: "gray", shadow: "violet", draft: "blue" };

/** Whether a journey lets people in, and whether it sends. */
export function Status({ of, shadow = false }: { of: string; shadow?: boolean }) {
  return <Standing colour={COLOURS[shadow ? "shadow" : of] ?? "gray"}>{capital(of) + (shadow ? ", in shadow" : "")}</Standing>;
}
