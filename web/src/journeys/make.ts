/** Making a journey: blank, or as another one is. It begins as a draft, under an id that nothing has. */
import { api, data } from "../api/client";
import type { Journey } from "./document";
import { writeDraft } from "./useDraft";
import { latin } from "../ui/latin";

/** The id that a name makes: `Win back!` is `win-back`. */
export function idOf(name: string): string {
  return latin(name).toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 60) || "journey";
}

/** The wish, or with a number behind it where it is taken. */
export function free(wish: string, taken: ReadonlySet<string>): string {
  let id = wish, number = 2;
  while (taken.has(id)) id = `${wish}-${number++}`;
  return id;
}

async function taken(): Promise<Set<string>> {
  return new Set((await data(api.GET("/api/journeys"))).journeys.map((each) => each.journey));
}

export async function makeJourney(name: string): Promise<string> {
  const id = free(idOf(name), await taken());
  await writeDraft(id, { journey: id, name, trigger: { event: "" }, steps: [] }, "");
  return id;
}

export async function duplicateJourney(document: Journey): Promise<string> {
  const name = `${document.name ?? document.journey} copy`;
  const id = free(idOf(name), await taken());
  await writeDraft(id, { ...document, journey: id, name }, "");
  return id;
}
