/** The parts of Data: what was seen, where it comes from, what comes in now, what could not be taken. */
import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { may, session } from "../session/session";
import { Tabs } from "../ui/Tabs";
import { frame } from "./room";

export function Frame() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  const keys = !!now && may(now, workspace, "keys:read");
  return (
    <>
      <Tabs label="Data" base={`/${encodeURIComponent(workspace)}/data`}
        tabs={[["catalog", "Catalog"], ["derived", "Derived events"], ...(keys ? [["sources", "Sources"] as [string, string]] : []), ["live", "Live events"], ["rejected", "Rejected"]]} />
      <Outlet />
    </>
  );
}
