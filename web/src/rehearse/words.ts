/** A walk in words. */
import type { Schemas } from "../api/client";
import { quoted } from "../api/quoted";

/** What a step is called, by its id. */
export type Called = (step: string) => string;

/** How long after the start: `at once`, `3 h`, `2 d 4 h`. */
export function later(start: string, at: string): string {
  let seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(start)) / 1000));
  const parts: string[] = [];
  for (const [size, word] of [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]] as const) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count && parts.length < 2) parts.push(`${count} ${word}`);
  }
  return parts.join(" ") || "at once";
}

const MOVES: Record<string, string> = {
  entered: "Enters", refused: "Is not let in", done: "Reaches the end", held_out: "Is held out at", exited: "Leaves", stopped: "Is taken out", converted: "Reaches the goal",
  waiting: "Waits at", passed: "Goes on from", arrived: "Comes to", skipped: "Passes over", planned: "Is to be sent", branched: "Decides at", parked: "Stands still at",
};

/** `named`: what segments and messages are called, by their ids. */
export function said(line: Schemas["WalkLine"], called: Called, named: { segment: Called; message: Called } = { segment: String, message: String }): string {
  if (line.message) return `Message “${line.message.subject || named.message(line.message.template)}”${line.message.reason ? `: ${quoted(line.message.reason)}` : ""}`;
  if (line.kind === "input") return given(line.text.replace(/^→ /, ""));
  if (line.kind !== "move") {
    const told = line.text.replace(/^→ /, "").replace(/^(enters|leaves) segment (.+)$/, (_, verb, id) => `${verb} the segment ${named.segment(id)}`);
    const read = told.startsWith("the journey sets {") ? given(told).replace("sets, ", "sets ") : told;
    return read.charAt(0).toUpperCase() + read.slice(1);
  }
  const why = /\((.*)\)$/.exec(line.text)?.[1]?.replace(/^reached the end$/, "");
  const does = [MOVES[line.move] ?? line.move, line.step && `“${called(line.step)}”`].filter(Boolean).join(" ");
  const because = line.move === "planned" ? named.message(why ?? "") : quoted(why ?? "");
  return because && !does.includes(because) ? `${does} (${because})` : does;
}

/** What was given, with its properties as they are typed: `Signed Up, plan: trial`. */
function given(text: string): string {
  const [, name, body] = /^(.+?) (\{.*\})$/s.exec(text) ?? [];
  if (!name || !body) return text;
  try {
    return [name === "attributes" ? "Attributes" : name, ...Object.entries(JSON.parse(body) as object).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)].join(", ");
  } catch {
    return text;
  }
}

/** Reads `name: value` pairs, a line each or between commas. `5`, `true` and JSON are what they look like; everything else is text. */
export function values(text: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const part of text.split(/\n|,(?=\s*[\w.$ -]+:)/)) {
    const [, name, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(part) ?? [];
    if (name !== undefined && value !== undefined) found[name] = plain(value);
    else if (part.trim()) throw new Error(`\u201c${part.trim()}\u201d says no value: write name: value, for example plan: trial`);
  }
  return found;
}

function plain(value: string): unknown {
  if (!/^(-?\d+(\.\d+)?|true|false|null|[[{"].*)$/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
