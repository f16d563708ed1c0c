/** One template, layout or snippet as it is edited: the text of its draft, written back a moment after each change. */
import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import * as stored from "../drafts/stored";

export type Kind = "template" | "layout" | "snippet";
export type Piece = Schemas["Piece"];
export type PieceShown = Schemas["PieceShown"];
export interface Source { text: string; format: string }
/** `etag` "": there is no draft yet. */
export interface Draft { source: Source | null; etag: string; by: string }

export const WHAT: Record<Kind, string> = { template: "Template", layout: "Layout", snippet: "Snippet" };
export const FORMATS: Record<string, string> = { mjml: "MJML", html: "HTML", markdown: "Markdown", text: "Plain text", liquid: "Liquid" };
export const CHANNELS: Record<string, string> = { email: "Email", sms: "SMS", push: "Push", webhook: "Webhook" };

export const contents = (workspace: string) => queryOptions({ queryKey: ["content", workspace], queryFn: () => data(api.GET("/api/content")) });

export const piece = (workspace: string, kind: Kind, name: string) =>
  queryOptions({ queryKey: ["content", workspace, kind, name], queryFn: () => data(api.GET("/api/content/{kind}/{name}", { params: { path: { kind, name } } })) });

export const variables = (workspace: string) =>
  queryOptions({ queryKey: ["content", workspace, "variables"], queryFn: () => data(api.GET("/api/content/variables")), staleTime: 60_000 });

/** What an installation's texts may be made of; it changes with the program alone. */
export const contentWords = queryOptions({ queryKey: ["content words"], queryFn: () => data(api.GET("/api/content/words")), staleTime: Infinity });

/** All that a text may read: what is known of people, and what events say. */
export function readable(found: Schemas["Variables"] | undefined): Schemas["Variable"][] {
  const said = new Map<string, Schemas["Variable"]>();
  for (const each of [...(found?.variables ?? []), ...Object.values(found?.events ?? {}).flat()]) if (!said.has(each.path)) said.set(each.path, each);
  return [...said.values()];
}

export async function draftOf(kind: Kind, name: string): Promise<Draft> {
  const found = await stored.read(kind, name);
  const { text, format } = found?.body ?? {};
  const source = typeof text === "string" && typeof format === "string" ? { text, format } : null;
  return { source, etag: found?.etag ?? "", by: found?.changed_by ?? "" };
}

export const writeDraft = (kind: Kind, name: string, { text, format }: Source, etag: string) => stored.write(kind, name, { text, format }, etag);
export const discardDraft = stored.discard;

/** Where one is shown. */
export function at(workspace: string, kind: string, name: string): string {
  return `/${encodeURIComponent(workspace)}/content/${kind}/${encodeURIComponent(name)}`;
}
