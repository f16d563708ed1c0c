/** What an address asks a page for. Apart from the pages themselves: every room's routes read it before anything is shown. */

/** A text of the search params, or what stands for its absence. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value ? value : typeof value === "number" ? String(value) : undefined;
}

/** What every list that is read whole is asked for: what is searched for, and by what it is sorted. */
export interface Listing { q?: string; sort?: string }
export const listing = (search: Record<string, unknown>): Listing => ({ q: text(search.q), sort: text(search.sort) });

/** Which people behind a number are looked at: of which number, at which step and of which version, narrowed and in an order. */
export interface Asked { who?: string; at?: string; version?: number; q?: string; order?: string }
export const asked = (search: Record<string, unknown>): Asked => ({ who: text(search.who), at: text(search.at), version: Number(search.version) || undefined, q: text(search.q), order: text(search.order) });
export const UNASKED: Asked = { who: undefined, at: undefined, version: undefined, q: undefined, order: undefined };
