/** What an address asks a page for. Apart from the pages themselves: every room's routes read it before anything is shown. */

/** A text of the search params, or what stands for its absence. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : typeof value === "number" ? String(value) : undefined;
}

/** What every list that is read whole is asked for: what is searched for, and by what it is sorted. */
export interface Listing { q?: string; sort?: string }
export const listing = (search: Record<string, unknown>): Listing => ({ q: text(search.q), sort: text(search.sort) });
