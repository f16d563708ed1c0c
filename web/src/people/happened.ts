import { plain } from "../ui/plain";

/** A row of a person's history in words. */
export interface Row {
  time: string;
  kind: string;
  name: string;
  data: unknown;
  cursor: string;
}

/** What journeys, their steps and messages are called; their ids where nothing more is known. */
export interface Names { journey: (id: string) => string; step: (journey: string, step: string, version?: number) => string; message: (id: string) => string }

const WORDS: Record<string, (name: string) => string> = {
  track: (name) => name,
  page: (name) => `Looked at ${name || "a page"}`,
  screen: (name) => `Looked at ${name || "a screen"}`,
  attributes: () => "Attributes changed",
  outdated: () => "Came too late: something newer was known",
  segment: (name) => `Segment ${name}`,
};

const CHANNELS: Record<string, string> = { email: "email", sms: "text message", push: "push message", webhook: "webhook" };
const OUTCOMES: Record<string, string> = {
  received: "Got the", opened: "Opened the", clicked: "Clicked in the", converted: "Reached a goal after the", bounced: "Came back: the", complained: "Called it spam: the",
  failed: "Could not be sent: the", dropped: "Was not sent: the", suppressed: "Was not sent: the", fetched: "A mail program fetched the", unsubscribed: "Unsubscribed in the",
};

/** What a run did: in what words, and whether at which step belongs to it. */
const MOVES: Record<string, [says: (journey: string) => string, at: boolean]> = {
  queued: [(journey) => `Stands before the door of ${journey}`, false],
  entered: [(journey) => `Entered ${journey}`, false],
  arrived: [(journey) => `${journey}: came to`, true],
  waiting: [(journey) => `${journey}: waits at`, true],
  passed: [(journey) => `${journey}: went past`, true],
  skipped: [(journey) => `${journey}: left out`, true],
  planned: [(journey) => `${journey}: planned a message at`, true],
  branched: [(journey) => `${journey}: took a way at`, true],
  done: [(journey) => `Went through ${journey}`, false],
  held_out: [(journey) => `Was held out of ${journey}`, true],
  exited: [(journey) => `Left ${journey}`, true],
  merged: [(journey) => `${journey} goes on as another run of theirs`, false],
  stopped: [(journey) => `${journey} was stopped`, true],
  refused: [(journey) => `Was not let into ${journey}`, false],
  converted: [(journey) => `Reached the goal of ${journey}`, false],
  parked: [(journey) => `${journey}: stands still at`, true],
  retried: [(journey) => `${journey}: tries again at`, true],
  carried: [(journey) => `${journey}: carried to another version at`, true],
  stays: [(journey) => `${journey}: stays on its version at`, true],
};

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Whether a row says something that no other says: that a run planned a message stands there as the message, and a group that nothing changed of is none. */
export function isTold({ kind, data }: Row): boolean {
  const said = data as Record<string, unknown> | null;
  if (kind === "group" && said?.is === "group_changed") return said.gone === true || !!pairs(said.attributes);
  return !(kind === "journey" && (data as Record<string, unknown> | null)?.what === "planned");
}

export function happened(row: Row, names: Names): { says: string; about: string } {
  const data = (typeof row.data === "object" ? row.data : null) as Record<string, unknown> | null;
  if (row.kind === "planned") return { says: `Message ${data?.again_of ? "sent again" : "planned"}: ${names.message(row.name)}`, about: data ? from(data, names) : "" };
  const says = (WORDS[row.kind] ?? ((name: string) => name || row.kind))(row.name);
  if (row.kind === "message") {
    const [what = "", channel = ""] = row.name.split(" ");
    const template = text(data?.template);
    return { says: what in OUTCOMES ? `${OUTCOMES[what]} ${CHANNELS[channel] ?? channel}${template && ` “${names.message(template)}”`}` : `Message ${row.name}`, about: data ? from(data, names, ["template"]) : "" };
  }
  if (row.kind === "segment" && data) return { says: `${data.on ? "Entered" : "Left"} the segment ${row.name}`, about: data.quiet ? "Quietly: no journey began by it" : "" };
  if (row.kind === "group" && data) return grouped(row.name, data);
  if (row.kind === "consent" && data) return agreed(data);
  if (row.kind === "device" && data) return { says: data.gone ? "A device is gone" : `Has a device: ${text(data.platform) || "of an unknown kind"}`, about: pairs(data.attributes) };
  if (row.kind === "journey" && data) return moved(row.name, data, names);
  if (row.kind === "link") return linked(row, data);
  return { says, about: pairs(row.data) };
}

function grouped(name: string, data: Record<string, unknown>): { says: string; about: string } {
  if (data.is === "ungroup") return { says: data.whole ? `${name} was deleted` : `Left ${name}`, about: "" };
  if (data.is === "group_changed") return { says: data.gone ? `${name} was deleted` : `${name} changed`, about: pairs(data.attributes) };
  return { says: `Belongs to ${name}`, about: [pairs(data.attributes), pairs(data.relation)].filter(Boolean).join("\n") };
}

function agreed(data: Record<string, unknown>): { says: string; about: string } {
  const lines = [data.topics, data.channels].flatMap((each) => Object.entries((each ?? {}) as Record<string, boolean>)).map(([name, on]) => `${name}: ${on ? "yes" : "no"}`);
  const by = [text(data.how) && `said by ${text(data.how)}`, text(data.by) && `from ${text(data.by)}`].filter(Boolean).join(", ");
  const says = data.unsubscribed === true ? "Unsubscribed from everything" : data.unsubscribed === false ? "May get marketing again" : "Said what they want to get";
  return { says, about: [...lines, by].filter(Boolean).join("\n") };
}

/** A move of a run, where it is known which journey is meant. */
export function step(journey: string, move: { what: string; step: string; version: number; why: string }, names: Names): { says: string; about: string } {
  const { says, about } = moved(journey, move, { ...names, journey: () => THIS });
  const own = says.replace(`${THIS}: `, "");
  const why = move.what === "planned" ? "" : about; // which message, as its step says
  return { says: own.charAt(0).toUpperCase() + own.slice(1), about: [move.version ? `by version ${move.version}` : "", why].filter(Boolean).join(": ") };
}

const THIS = "the journey";

function moved(journey: string, data: Record<string, unknown>, names: Names): { says: string; about: string } {
  const [words, at] = MOVES[text(data.what)] ?? [(name: string) => `${name}: ${text(data.what)}`, true];
  const step = text(data.step), version = typeof data.version === "number" ? data.version : undefined;
  const why = text(data.what) === "branched" ? names.step(journey, text(data.why)) : text(data.why).replace(LEADS, (_, how: string, id: string) => `${how}“${names.step(journey, id)}”`);
  const worth = text(data.currency) && typeof data.value === "number" ? `worth ${(data.value / 1e6).toFixed(2)} ${text(data.currency)}` : "";
  const there = at && step ? ` ${names.step(journey, step, version)}` : "";
  // "left" reads by itself, and says where below
  const says = ["exited", "stopped", "held_out"].includes(text(data.what)) ? words(names.journey(journey)) + (there && ` at${there}`) : words(names.journey(journey)) + there;
  return { says, about: [why, worth].filter(Boolean).join("\n") };
}

/** Where the engine names another step by its id. */
const LEADS = /^(moved to |was sent to )(\S+)/;

function linked(row: Row, data: Record<string, unknown> | null): { says: string; about: string } {
  const list = (value: unknown) => (Array.isArray(value) ? (value as [string, string][]).map(([kind, own]) => `${kind.replaceAll("_", " ")} ${own}`).join("\n") : "");
  if (row.name === "absorbs") return { says: "Somebody else was merged into them", about: "" };
  if (row.name === "parted") return { says: "Parted from somebody they were merged with", about: "" };
  if (row.name === "named" && data) return { says: list(data.take) ? "Known by" : "No longer known by", about: [list(data.take), list(data.take) && list(data.release) ? `no longer ${list(data.release)}` : list(data.take) ? "" : list(data.release)].filter(Boolean).join("\n") };
  return { says: "Merged with another person", about: "" };
}

/** Where a message comes from, and what else is known of it. */
function from(data: Record<string, unknown>, names: Names, told: string[] = []): string {
  const { journey, step, ...rest } = data;
  const place = text(journey) && `from ${names.journey(text(journey))}${text(step) && `, ${names.step(text(journey), text(step))}`}`;
  return [place, pairs(Object.fromEntries(Object.entries(rest).filter(([key]) => !told.includes(key))))].filter(Boolean).join("\n");
}

const INNER = new Set(["run", "time", "delivery", "again_of"]);

function pairs(data: unknown): string {
  if (data === null || data === undefined || data === "") return "";
  if (typeof data !== "object" || Array.isArray(data)) return plain(data);
  const told = Object.entries(data).filter(([key, value]) => value !== null && value !== "" && !INNER.has(key));
  return told.length ? plain(Object.fromEntries(told)) : "";
}
