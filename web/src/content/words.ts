/** Words with Liquid in them, to and from what a text editor works on: each piece of Liquid is one chip, never taken apart. */

const LIQUID = /\{\{.*?\}\}|\{%.*?%\}/gs;
/** The path that a value is read by: `customer.plan`, `assets['hero.png']`. */
const PATH = /^\{\{-?\s*([\w.]+(?:\['[^']*'\])?)/;
const MARK = /\uE000(\d+)\uE001/g;

export interface Masked { html: string; pieces: string[] }

/** Put marks in place of Liquid, so that HTML can be read. */
export function mask(content: string): Masked {
  const pieces: string[] = [];
  const html = content.replace(LIQUID, (piece) => `\uE000${pieces.push(piece) - 1}\uE001`);
  return { html, pieces };
}

/** A text's marks, with chips in place of those that stand among words. */
export function withChips({ html, pieces }: Masked): string {
  return html.split(/(<[^>]*>)/).map((part) => (part.startsWith("<") ? part : part.replace(MARK, (_, n: string) => chip(pieces[Number(n)]!)))).join("");
}

export function chip(liquid: string): string {
  return `<span data-liquid="${liquid.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")}"></span>`;
}

/** What the editor holds, as it is written in the message: one paragraph bare, several each on a line. */
export function written(html: string, pieces: string[]): string {
  const liquid = (text: string) => text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const plain = html.replace(/<span data-liquid="([^"]*)"[^>]*><\/span>/g, (_, said: string) => liquid(said)).replace(MARK, (_, n: string) => pieces[Number(n)] ?? "").replaceAll("<br>", "<br />");
  const one = /^<p>((?:(?!<\/?p>)[\s\S])*)<\/p>$/.exec(plain);
  if (one && !/<(ul|ol)\b/.test(one[1]!)) return one[1]!;
  const listed = plain.replace(/<li><p>((?:(?!<\/?p>)[\s\S])*)<\/p><\/li>/g, "\n  <li>$1</li>").replace(/(<\/li>)(<\/(?:ul|ol)>)/g, "$1\n$2");
  return listed.replace(/(<\/(?:p|ul|ol)>)(?=<(?:p|ul|ol)\b)/g, "$1\n");
}

/** Two texts that say the same, apart from white space and older names of tags. */
export function same(one: string, other: string): boolean {
  const bare = (text: string) => text.replace(/\s+/g, " ").replace(/> | </g, (sign) => sign.trim()).replace(/<(\/?)b>/g, "<$1strong>").replace(/<(\/?)i>/g, "<$1em>").replace(/<br\s*\/?>/g, "<br>").replace(/^<p>((?:(?!<p>)[\s\S])*)<\/p>$/, "$1").replace(/&gt;/g, ">").trim();
  return bare(one) === bare(other);
}

/** What a chip is called: `first_name`, or the first word of a tag. */
export function label(liquid: string): string {
  const path = PATH.exec(liquid)?.[1];
  if (path) return path.replace(/^(customer|event)\./, "").replace(/^assets\['(.*)'\]$/, "$1");
  return liquid.replace(/^\{%-?\s*|\s*-?%\}$/g, "").slice(0, 30);
}

/** A chip's value as it would read: what is known of the path, or what it falls back to. */
export function value(liquid: string, known: (path: string) => string | undefined): string {
  const path = PATH.exec(liquid)?.[1];
  if (!path) return "";
  return known(path) || /\|\s*default:\s*["']([^"']*)["']/.exec(liquid)?.[1] || "";
}

const FALLBACK = /\s*\|\s*default:\s*(?:"([^"]*)"|'([^']*)')(?=\s*(?:\||-?\}\}))/;

/** What a value reads as for somebody who lacks it; "" for nothing, null where it is no value of a path. */
export function fallback(liquid: string): string | null {
  if (!PATH.test(liquid)) return null;
  const found = FALLBACK.exec(liquid);
  return found?.[1] ?? found?.[2] ?? "";
}

/** The value with other words for somebody who lacks it; none for "". */
export function withFallback(liquid: string, words: string): string {
  const said = words.replace(/[{}%]/g, "");
  const bare = liquid.replace(FALLBACK, "");
  if (!said) return bare;
  const quote = said.includes('"') ? "'" : '"';
  return bare.replace(PATH, (path) => `${path} | default: ${quote}${said.replaceAll(quote, "")}${quote}`);
}

/** A value to be put into a text: what stands before the cursor, where goes what it falls back to, and what stands behind it. */
export const begun = (path: string): [string, string] => [`{{ ${path} | default: "`, '" }}'];

/** A value with what is known printed into it. */
export function filled(text: string, known: (path: string) => string | undefined): string {
  return text.replace(LIQUID, (liquid) => value(liquid, known));
}
