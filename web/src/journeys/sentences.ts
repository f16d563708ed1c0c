/** Sentences of the server name steps by their ids, between backticks; people read what they are called. Pure. */
import { capital } from "../api/quoted";
import { oneLine, type StepWords } from "./steps";

/** Its parts, and which of them stand out: `[["new step: ", false], ["Wait: 1 day", true], [" after ", false], …]`. What a step does is said by its name alone. */
export function spoken(text: string, steps: ReadonlyMap<string, StepWords>): [text: string, names: boolean][] {
  const brief = text
    .replace(/^([Nn]ew step: `([^`]*)`) \(.*\)(?= (?:after `[^`]*`$|to the front$|into `))/s, (all, begins: string, id: string) => (steps.has(id) ? begins : all))
    .replace(/^([Ss]tep) `([^`]*)` \(([^`]*)\) removed$/s, (_, begins: string, id: string, does: string) => `${begins} \`${steps.has(id) ? id : capital(does)}\` removed`);
  const parts = brief.split("`");
  const kind = steps.get(parts[1] ?? "")?.title.replace(/ \(\d+ of \d+\)$/, "").toLowerCase();
  if (kind && !parts[0] && parts[2]?.startsWith(`: ${kind} `)) parts[2] = `:${parts[2].slice(kind.length + 2)}`; // a step without a name says itself that it waits
  return parts.map((part, n): [string, boolean] => {
    const words = n % 2 ? steps.get(part) : undefined;
    // where what it does is said right behind, it is not said twice
    return [words ? (/^( \(|:)/.test(parts[n + 1] ?? "") ? words.title : oneLine(words)) : part, n % 2 === 1];
  }).filter(([part]) => part);
}
