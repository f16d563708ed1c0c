/** What of the command palette fits what is typed: whatever has every word of it, what begins so first. */
export interface Action { label?: string; description?: string; keywords?: string | string[] }
export interface Group<A extends Action> { group: string; actions: A[] }

/** Groups stand in the order of their best; those of one name are one. */
export function fitting<A extends Action>(query: string, groups: readonly Group<A>[]): Group<A>[] {
  const text = query.trim().toLowerCase(), words = text.split(/\s+/);
  const found = groups.flatMap(({ group, actions }) => actions.map((action) => ({ group, action, rank: rank(action, text, words) }))).filter((each) => each.rank < NOT);
  const joined = new Map<string, A[]>();
  for (const { group, action } of found.sort((a, b) => a.rank - b.rank)) joined.set(group, [...(joined.get(group) ?? []), action]);
  return [...joined].map(([group, actions]) => ({ group, actions }));
}

const NOT = 3;

function rank({ label = "", description = "", keywords = "" }: Action, text: string, words: string[]): number {
  const name = label.toLowerCase(), whole = `${name} ${description} ${[keywords].flat().join(" ")}`.toLowerCase();
  if (name.startsWith(text)) return 0;
  if (name.includes(text)) return 1;
  return words.every((word) => whole.includes(word)) ? 2 : NOT;
}
