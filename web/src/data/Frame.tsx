/** The parts of Data: what was seen, where it comes from, what comes in now, what could not be taken. */
import { useQuery } from "@tanstack/react-query";
import { Allowed } from "../app/Allowed";
import { may, session } from "../session/session";
import { Tabs } from "../ui/Tabs";
import { frame, PARTS } from "./room";

export function Frame() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  return (
    <>
      <Tabs label="Data" base={`/${encodeURIComponent(workspace)}/data`}
        tabs={PARTS.filter(([, , permission]) => !permission || (now && may(now, workspace, permission))).map(([path, label]): [string, string] => [path, label])} />
      <Allowed now={now} workspace={workspace} parts={PARTS} />
    </>
  );
}
