/** Drafts as the server keeps them. A write names the ETag of what it was made over, "" where there was nothing: nobody writes over anybody. */
import { api, data, tagged, type Schemas } from "../api/client";

export type Kind = "journey" | "segment" | "event" | "template" | "layout" | "snippet";
export type Stored = Schemas["Draft"] & { etag: string };

/** The revision that an ETag is of; 0 where there is no draft. */
export const revisionOf = (etag: string) => Number(etag.replaceAll('"', "") || 0);

/** The draft there is. Asked of the list: that there is none is the rule, and no fault. */
export async function read(kind: Kind, name: string): Promise<Stored | null> {
  const [found] = (await data(api.GET("/api/drafts", { params: { query: { kind, name } } }))).drafts;
  return found ? { ...found, etag: `"${found.revision}"` } : null;
}

export async function write(kind: Kind, name: string, body: Record<string, unknown>, over: string): Promise<string> {
  const headers = over ? { "if-match": over } : { "if-none-match": "*" };
  return (await tagged(api.PUT("/api/drafts/{kind}/{name}", { params: { path: { kind, name } }, headers, body: { body } }))).etag;
}

export async function discard(kind: Kind, name: string, over: string): Promise<void> {
  await api.DELETE("/api/drafts/{kind}/{name}", { params: { path: { kind, name } }, headers: { "if-match": over } });
}
