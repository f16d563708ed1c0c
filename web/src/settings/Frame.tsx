/** The frame of the settings: what there is at the side, what one may not see left out. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { may, session } from "../session/session";
import classes from "./Frame.module.css";
import { frame } from "./room";

const PLACES: [group: string, places: [path: string, label: string, permission?: string][]][] = [
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

export function Frame() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  return (
    <div className={classes.frame}>
      <nav className={classes.side} aria-label="Settings">
        {PLACES.map(([group, places]) => (
          <div key={group} className={classes.group}>
            <div className={classes.label}>{group}</div>
            {places.filter(([, , permission]) => !permission || (now && may(now, workspace, permission))).map(([path, label]) => (
              <Link key={path} className={classes.link} to={`/${encodeURIComponent(workspace)}/settings/${path}`}>{label}</Link>
            ))}
          </div>
        ))}
      </nav>
      <div className={classes.page}><Outlet /></div>
    </div>
  );
}
