/** What is offered where the cursor stands in a text: Liquid's tags, filters and values; elements and attributes have their own. */
import type { Schemas } from "../api/client";

type Words = Schemas["ContentWords"];
type Variable = Schemas["Variable"];
export interface Offer { label: string; detail?: string; type: "keyword" | "function" | "variable" }
/** `from`: how many characters before the cursor it takes the place of. */
export interface Offers { from: number; options: Offer[] }

const NAME = /[\w.[\]'"-]*$/;

/** `before`: the text up to the cursor. Null: it stands outside of Liquid. */
export function offers(before: string, words: Words | undefined, variables: readonly Variable[]): Offers | null {
  const open = Math.max(before.lastIndexOf("{{"), before.lastIndexOf("{%"));
  const inside = open < 0 ? "" : before.slice(open + 2);
  if (open < 0 || /[%}]\}/.test(inside)) return null;
  const tag = before.startsWith("{%", open) && /^-?\s*(\w*)$/.exec(inside);
  if (tag) {
    const all = (words?.tags ?? []).flatMap(({ name, end }) => (end ? [name, end] : [name]));
    return { from: tag[1]!.length, options: all.map((label) => ({ label, type: "keyword" })) };
  }
  const filter = /\|\s*(\w*)$/.exec(inside);
  if (filter) return { from: filter[1]!.length, options: (words?.filters ?? []).map((label) => ({ label, type: "function" })) };
  const typed = NAME.exec(inside)![0];
  return { from: typed.length, options: variables.map((each) => ({ label: each.path, detail: each.example || each.types.join(" or "), type: "variable" })) };
}
