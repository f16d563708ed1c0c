/** A row of a person's history in words. */
export interface Row {
  time: string;
  kind: string;
  name: string;
  data: unknown;
  cursor: string;
}

const WORDS: Record<string, (name: string) => string> = {
  track: (name) => name,
  page: (name) => `Looked at ${name || "a page"}`,
  screen: (name) => `Looked at ${name || "a screen"}`,
  message: (name) => `Message ${name}`,
  attributes: () => "Attributes changed",
  group: (name) => `Group ${name}`,
  consent: () => "Consent changed",
  device: () => "Device",
  link: () => "Merged with another person",
  segment: (name) => `Segment ${name}`,
  journey: (name) => `Journey ${name}`,
  planned: (name) => `Message planned: ${name}`,
};

export function happened(row: Row): { says: string; about: string } {
  const says = (WORDS[row.kind] ?? ((name: string) => name || row.kind))(row.name);
  const data = row.data as Record<string, unknown> | null;
  if (row.kind === "planned" && data?.again_of) return { says: `Message sent again: ${row.name}`, about: pairs(row.data) };
  if (row.kind === "segment" && data) return { says: `${data.on ? "Entered" : "Left"} the segment ${row.name}`, about: data.quiet ? "Quietly: no journey began by it" : "" };
  if (row.kind === "journey" && data) {
    const why = typeof data.why === "string" && data.why ? `: ${data.why}` : "";
    return { says, about: `${String(data.what ?? "")} ${String(data.step ?? "")}`.trim() + why };
  }
  return { says, about: pairs(row.data) };
}

const INNER = new Set(["run", "time", "delivery", "again_of"]);

function pairs(data: unknown): string {
  if (data === null || data === undefined || data === "") return "";
  if (typeof data !== "object" || Array.isArray(data)) return typeof data === "string" ? data : JSON.stringify(data);
  return Object.entries(data)
    .filter(([key, value]) => value !== null && value !== "" && !INNER.has(key))
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}
