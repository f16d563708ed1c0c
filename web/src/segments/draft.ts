/** A draft, of a segment unless another kind is named: read, begun, discarded. */
import { api, Refused, tagged } from "../api/client";

export type Kind = "segment" | "event";
export interface Draft { body: Record<string, unknown> | null; etag: string; by: string }

/** The draft there is; where there is none, one that is not written yet. */
export async function draftOf(name: string, kind: Kind = "segment"): Promise<Draft> {
  try {
    const found = await tagged(api.GET("/api/drafts/{kind}/{name}", { params: { path: { kind, name } } }));
    return { body: found.data.body, etag: found.etag, by: found.data.changed_by };
  } catch (error) {
    if (error instanceof Refused && error.code === "no_draft") return { body: null, etag: "", by: "" };
    throw error;
  }
}

export async function write(name: string, body: Record<string, unknown>, etag: string, kind: Kind = "segment"): Promise<string> {
  const headers = etag ? { "if-match": etag } : { "if-none-match": "*" };
  const path = { kind, name };
  return (await tagged(api.PUT("/api/drafts/{kind}/{name}", { params: { path }, headers, body: { body } }))).etag;
}

export async function discard(name: string, kind: Kind = "segment"): Promise<void> {
  const now = await draftOf(name, kind);
  if (now.etag) await api.DELETE("/api/drafts/{kind}/{name}", { params: { path: { kind, name } }, headers: { "if-match": now.etag } });
}

/** What rules call a segment of this name: small letters, digits and dashes. */
export function idOf(name: string): string {
  return name.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
}
