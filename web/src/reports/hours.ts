/** What was counted of a journey, hour by hour, as curves. */
import type { Curve } from "../ui/Chart";

export interface Count { hour: string; step: string; what: string; count: number }

const HOUR = 3_600_000;
const WHOLE: Record<string, string[]> = { "Entered": ["entered"], "Sent": ["sent"], "Finished": ["done"], "Reached the goal": ["converted"] };
const MESSAGE: Record<string, string[]> = { "Sent": ["sent"], "Opened": ["opened"], "Clicked": ["clicked"], "Reached the goal": ["converted"] };
const STEP: Record<string, string[]> = { "Went past it": ["passed", "branched", "planned", "skipped"], "Left there": ["held_out", "exited", "stopped", "merged", "done"] };
const WHY: Record<string, string[]> = { "Held out": ["held_out"], "Left by exit": ["exited"], "Left by stop": ["stopped"], "Left by merge": ["merged"], "Left by an exit step": ["done"], "Delivered": ["delivered"] };

/** The hours up to the present one, the earliest first: as `2026-05-05 13:00`, of UTC. */
export function hoursTo(now: number, many: number): string[] {
  return Array.from({ length: many }, (_, n) => named(now - (many - 1 - n) * HOUR));
}

/** Whether messages go out at a step, by what was counted there. */
const sends = (counts: Count[], step: string) => counts.some((each) => each.step === step && each.what === "sent");

/** `drawn`: what a chart shows, of the journey (`step` "") or of a step; `also`: what only a table has room for. */
export function curvesOf(counts: Count[], hours: string[], step: string): { drawn: Curve[]; also: Curve[] } {
  const place = new Map(hours.map((hour, n) => [hour, n]));
  const curves = (of: Record<string, string[]>) => Object.entries(of).map(([name, whats]) => {
    const values = hours.map(() => 0);
    for (const each of counts) {
      const n = place.get(named(Date.parse(each.hour)));
      const here = each.step === step || (!step && (each.what === "done" || each.what === "sent"));
      if (n !== undefined && here && whats.includes(each.what)) values[n]! += each.count;
    }
    return { name, values };
  });
  if (!step) return { drawn: curves(WHOLE), also: [] };
  return sends(counts, step) ? { drawn: curves(MESSAGE), also: curves({ ...STEP, ...WHY }) } : { drawn: curves(STEP), also: curves(WHY).filter(({ name }) => name !== "Delivered") };
}

const named = (moment: number) => `${new Date(moment).toISOString().slice(0, 13).replace("T", " ")}:00`;
