/** A draft, of a segment unless another kind is named: read, begun, discarded. */
import * as stored from "../drafts/stored";
import { latin } from "../ui/latin";

export type Kind = "segment" | "event";
export interface Draft { body: Record<string, unknown> | null; etag: string; by: string }

/** The draft there is; where there is none, one that is not written yet. */
export async function draftOf(name: string, kind: Kind = "segment"): Promise<Draft> {
  const found = await stored.read(kind, name);
  return { body: found?.body ?? null, etag: found?.etag ?? "", by: found?.changed_by ?? "" };
}

export const write = (name: string, body: Record<string, unknown>, etag: string, kind: Kind = "segment") => stored.write(kind, name, body, etag);

export async function discard(name: string, kind: Kind = "segment"): Promise<void> {
  const now = await draftOf(name, kind);
  if (now.etag) await stored.discard(kind, name, now.etag);
}

/** What rules call a segment of this name: small letters, digits and dashes. */
export function idOf(name: string): string {
  return latin(name).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
}
