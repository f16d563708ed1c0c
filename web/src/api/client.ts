/** The one way to the server: typed by its OpenAPI description; adds the workspace and the CSRF word; every refusal becomes a `Refused`. */
import createClient from "openapi-fetch";
import { quoted } from "./quoted";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** A refusal of the server in plain words (problem+json). `faults` name the fields of a form they belong to. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly says: string,
    readonly hint: string = "",
    readonly code: string = "",
    readonly faults: { message: string; where?: string }[] = [],
  ) {
    super(says);
  }
  /** The fault of one field of a form. */
  of(field: string): string | undefined {
    return this.faults.find((fault) => fault.where === field)?.message;
  }
}

/** Which workspace the page is in, and the CSRF word of the session: set by the session, read by every call. */
export const standing = { workspace: "", csrf: "" };

export const api = createClient<paths>({ baseUrl: "/" });

api.use({
  onRequest({ request }) {
    if (standing.workspace) request.headers.set("x-workspace", standing.workspace);
    if (request.method !== "GET" && standing.csrf) request.headers.set("x-csrf", standing.csrf);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const said = await response.clone().json().catch(() => ({}));
    const faults = (said.faults as Refused["faults"] | undefined)?.map((each) => ({ ...each, message: quoted(each.message) }));
    throw new Refused(response.status, quoted(said.detail ?? "The server does not answer. Try again in a moment."), quoted(said.hint ?? ""), said.code, faults);
  },
  onError({ error }) {
    return error instanceof Refused ? error : new Refused(0, "The server can't be reached. Check the connection and try again.");
  },
});

/** The data of an answer. `await data(api.GET("/api/people"))` */
export async function data<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await call).data as T;
}

/** The data of an answer with its ETag, for `If-Match`. */
export async function tagged<T>(call: Promise<{ data?: T; response: Response }>): Promise<{ data: T; etag: string }> {
  const answer = await call;
  return { data: answer.data as T, etag: answer.response.headers.get("etag") ?? "" };
}
