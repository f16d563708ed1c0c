/** Where an entry of the audit log leads: to what was changed, or to the list it stands in, narrowed to it. */

interface Entry { kind: string; name: string; before: unknown; after: unknown }
/** Below the workspace's path. */
export interface Way { to: string; search?: Record<string, string> }

const PAGES: Record<string, string> = {
  person: "people", segment: "segments", journey: "journeys", template: "content/template", layout: "content/layout", snippet: "content/snippet", delivery: "deliveries", "derived event": "data/derived", approval: "settings/approvals",
};
const PLACES: Record<string, string> = {
  secret: "settings/sending", alerts: "settings/alerts", "single sign-on": "settings/sign-on", workspace: "settings/workspace", "rejected records": "data/rejected", data: "data/catalog", sending: "deliveries",
};
/** The pages on which settings are set, by the first of what was changed. */
const SETTINGS: Record<string, string> = { senders: "sending", sender: "sending", channels: "sending", brand: "brand", approval: "approvals" };

export function leads({ kind, name, before, after }: Entry): Way | null {
  const what = kind === "draft of event" ? "derived event" : kind.replace(/^draft of /, "");
  const page = PAGES[what];
  if (page) return { to: `${page}/${encodeURIComponent(name)}` };
  const place = PLACES[what];
  if (place) return { to: place };
  if (what === "member" || what === "invitation" || what === "account") return { to: "settings/team", search: { q: name } };
  if (what === "sender") return { to: "settings/sending", search: { q: name } };
  if (what === "source") return { to: isApp(after) || isApp(before) ? "settings/keys" : "data/sources", search: { q: name } };
  if (what === "settings") return { to: `settings/${SETTINGS[name.split(", ")[0]!] ?? "topics"}` };
  if (what === "asset") return { to: "content/assets", search: { open: name } };
  if (what === "recipe") return { to: "recipes", search: { recipe: name } };
  return what === "people" || what === "import" || what === "undo" || what.endsWith("many people") ? { to: "people" } : null;
}

const isApp = (side: unknown) => (side as { kind?: string } | null)?.kind === "app";
