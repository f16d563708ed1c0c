/** What a message said beside what happened, in pairs: what is asked for first stands first, and all that has no word of its own under its name. */
type Said = Record<string, unknown>;
type Pair = [name: string, value: unknown];

const object = (value: unknown): Said => (value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Said) : {});
const joined = (...parts: unknown[]) => parts.filter((each) => typeof each === "string" || typeof each === "number").join(" ");

/** Parts of the context with a word of their own, in this order. */
const WORDS: Record<string, (value: unknown) => Pair[]> = {
  page: (value) => {
    const { title, url, path, search, referrer } = object(value);
    return [["Page", [title, url || joined(path) + joined(search)].filter(Boolean).join("\n")], ["Came from", referrer]];
  },
  campaign: (value) => [["Campaign", value]],
  app: (value) => [["App", joined(object(value).name, object(value).version)]],
  device: (value) => [["Device", joined(object(value).manufacturer, object(value).model) || object(value).type]],
  os: (value) => [["System", joined(object(value).name, object(value).version)]],
  userAgent: (value) => [["Browser", value]],
  location: (value) => [["Place", value]],
  locale: (value) => [["Language", value]],
  timezone: (value) => [["Time zone", value]],
  ip: (value) => [["IP address", value]],
  groupId: (value) => [["Group", value]],
  library: (value) => [["Sent by", joined(object(value).name, object(value).version)]],
};

export function beside(said: Said): Pair[] {
  const context = object(said.context);
  const rest = Object.entries(context).filter(([name]) => !Object.hasOwn(WORDS, name));
  const own = said.originalTimestamp ?? said.timestamp;
  const pairs: Pair[] = [
    ...Object.entries(WORDS).flatMap(([name, read]) => (name in context ? read(context[name]) : [])),
    ...rest,
    ["Destinations", said.integrations],
    ["Its sender’s time", own],
    ["Sent at", said.sentAt],
  ];
  return pairs.filter(([, value]) => value !== undefined && value !== null && value !== "" && !(typeof value === "object" && Object.keys(value).length === 0));
}
