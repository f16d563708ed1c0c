/** What the command palette does with a journey: found by its verb, such as “pause onboarding”; what asks first asks on the journey's page. */
interface Named { journey: string; name: string; status: string; version: number }
interface Verb {
  verb: string;
  /** Other words for it. */
  or?: string[];
  permission: string;
  /** As which it can be done; left out: as any. */
  as?: string[];
  asks?: boolean;
  /** Not of what was never published. */
  published?: boolean;
  way: (id: string) => { path: string; search?: Record<string, unknown> };
}
export interface Doable { path: string; label: string; search?: Record<string, unknown> }

const at = (id: string) => `/journeys/${encodeURIComponent(id)}`;
const move = (does: string) => (id: string) => ({ path: at(id), search: { move: does } });
const VERBS: readonly Verb[] = [
  { verb: "Edit", or: ["change"], permission: "journeys:edit", as: ["draft", "preparing", "live", "paused", "closed"], way: (id) => ({ path: at(id), search: { draft: true } }) },
  { verb: "Pause", or: ["hold", "halt"], permission: "journeys:publish", as: ["live"], asks: true, way: move("pause") },
  { verb: "Resume", or: ["continue", "unpause"], permission: "journeys:publish", as: ["paused", "closed"], asks: true, way: move("resume") },
  { verb: "Close", permission: "journeys:publish", as: ["live", "paused"], asks: true, way: move("close") },
  { verb: "Stop", or: ["end"], permission: "journeys:publish", as: ["live", "paused", "closed"], asks: true, way: move("stop") },
  { verb: "Rehearse", or: ["simulate", "backtest", "try"], permission: "journeys:read", way: (id) => ({ path: `${at(id)}/rehearse` }) },
  { verb: "Test on me", permission: "journeys:edit", way: (id) => ({ path: `${at(id)}/rehearse`, search: { by: "me" } }) },
  { verb: "Report of", or: ["numbers"], permission: "reports:read", published: true, way: (id) => ({ path: `/reports/${encodeURIComponent(id)}` }) },
  { verb: "Versions of", or: ["history", "roll back", "rollback"], permission: "journeys:read", published: true, way: (id) => ({ path: at(id), search: { versions: true } }) },
  { verb: "Deliveries of", or: ["sent by"], permission: "deliveries:read", published: true, way: (id) => ({ path: "/deliveries", search: { journey: id } }) },
];

/** Those whose verb is begun by what is typed, of the journeys the rest of it names; all of them where it names none. */
export function doable(typed: string, journeys: readonly Named[], sees: (permission: string) => boolean): Doable[] {
  const text = typed.trim().toLowerCase().replace(/\s+/g, " ");
  return VERBS.filter(({ permission }) => sees(permission)).flatMap((each) => {
    const rest = [each.verb, ...(each.or ?? [])].map((word) => after(text, word.toLowerCase())).find((found) => found !== undefined);
    if (rest === undefined) return [];
    const words = rest.split(" ");
    return journeys
      .filter(({ journey, name, status, version }) => (!each.as || each.as.includes(status)) && (version > 0 || !each.published) && words.every((word) => `${name} ${journey}`.toLowerCase().includes(word)))
      .map(({ journey, name }) => ({ label: `${each.verb} ${name}${each.asks ? "…" : ""}`, ...each.way(journey) }));
  });
}

/** What is typed after a verb, which may be begun only where nothing comes after it. */
function after(text: string, verb: string): string | undefined {
  if (verb.startsWith(text)) return "";
  if (text.startsWith(`${verb} `)) return text.slice(verb.length + 1);
  const [first, ...rest] = verb.split(" ");
  return rest.length && text.startsWith(`${first} `) ? text.slice(first!.length + 1) : undefined;
}
