/** The pages of the settings, by whom they concern, with the permission each takes. */
import type { Part } from "../app/rooms";

export const PARTS: readonly (readonly [group: string, parts: readonly Part[]])[] = [
  ["You", [["account", "Your account", undefined, "password two-factor 2fa totp name sessions profile"]]],
  ["This workspace", [
    ["team", "People and roles", "team:read", "team members users invite permissions"],
    ["sign-on", "Single sign-on", "team:read", "sso oidc okta google entra"],
    ["sending", "Senders and providers", "settings:read", "smtp ses email sms push channels from address domain"],
    ["brand", "Brand", "settings:read", "logo colours colors footer postal address font"],
    ["topics", "Topics and limits", "settings:read", "unsubscribe subscription preferences frequency cap quiet hours time zone control group holdout"],
    ["alerts", "Alerts", "settings:read", "slack notifications"],
    ["approvals", "Approvals", "journeys:read", "review"],
    ["keys", "API keys", "keys:read", "token access"],
    ["audit", "Audit log", "audit:read", "history who changed"],
    ["workspace", "Workspaces and backup", "settings:edit", "export download files staging"],
  ]],
];
