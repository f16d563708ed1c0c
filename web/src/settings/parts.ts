/** The pages of the settings, by whom they concern, with the permission each takes. */
import type { Part } from "../app/rooms";

export const PARTS: readonly (readonly [group: string, parts: readonly Part[]])[] = [
  ["You", [["account", "Your account"]]],
  ["This workspace", [
    ["team", "People and roles", "team:read"],
    ["sign-on", "Single sign-on", "team:read"],
    ["sending", "Senders and providers", "settings:read"],
    ["brand", "Brand", "settings:read"],
    ["topics", "Topics and limits", "settings:read"],
    ["alerts", "Alerts", "settings:read"],
    ["approvals", "Approvals", "journeys:read"],
    ["keys", "API keys", "keys:read"],
    ["audit", "Audit log", "audit:read"],
    ["workspace", "Workspaces and backup", "settings:edit"],
  ]],
];
