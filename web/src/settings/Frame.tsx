/** The frame of the settings: what there is at the side, what one may not see left out. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Allowed } from "../app/Allowed";
import { may, session } from "../session/session";
import { useOwnInView } from "../ui/inView";
import classes from "./Frame.module.css";
import { PARTS } from "./parts";
import { frame } from "./room";

const ALL = PARTS.flatMap(([, parts]) => parts);

export function Frame() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  const row = useOwnInView();
  return (
    <div className={classes.frame}>
      <nav ref={row} className={classes.side} aria-label="Settings">
        {PARTS.map(([group, parts]) => (
          <div key={group} className={classes.group}>
            <div className={classes.label}>{group}</div>
            {parts.filter(([, , permission]) => !permission || (now && may(now, workspace, permission))).map(([path, label]) => (
              <Link key={path} className={classes.link} to={`/${encodeURIComponent(workspace)}/settings/${path}`}>{label}</Link>
            ))}
          </div>
        ))}
      </nav>
      <div className={classes.page}><Allowed now={now} workspace={workspace} parts={ALL} /></div>
    </div>
  );
}
