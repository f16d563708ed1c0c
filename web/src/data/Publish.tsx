/** What publishing a derived event's draft changes, before it does. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { useNames } from "../journeys/called";
import { Planned, PublishDialog, Reworded } from "../ui/PublishDialog";
import { oneDerived } from "./room";

export function Publish({ event, name, close, done }: { event: string; name: string; close: () => void; done: () => void }) {
  const names = useNames(oneDerived.useParams().workspace);
  const path = { name: event };
  const plan = useQuery({ queryKey: ["derived", "plan", event], queryFn: () => data(api.GET("/api/derived-events/{name}/plan", { params: { path } })), retry: false, gcTime: 0 });
  return (
    <PublishDialog title="Publish the derived event" plan={plan} close={close} done={done} says={`Published. “${name}” can be used everywhere now.`}
      publish={async ({ over, revision }, note) => (await data(api.POST("/api/derived-events/{name}/publish", { params: { path }, body: { over, revision, note } }))).waiting}>
      {(found) => (
        <>
          <Planned title={found.first ? "What it is" : found.carries ? "What changes" : "What it is stays the same"}><Reworded words={found.rule} first={found.first} /></Planned>
          {found.renamed && <Text size="sm">It is called “{name}” from now on; the name it had goes on meaning it.</Text>}
          <Planned title="Used by">
            <Text size="sm">{found.used_by.length ? `${found.used_by.map((use) => `the ${use.kind} ${names.of(use)}`).join(", ")}.` : "Nothing uses it yet."}</Text>
            {found.journeys.length > 0 && found.carries && <Text size="sm">Live journeys that take the change: {found.journeys.map(names.journey).join(", ")}.</Text>}
            {found.used_by.length > 0 && found.carries && <Text size="sm" c="dimmed">Segments are worked out anew from history, quietly. Whoever waits for it inside a journey is looked at again.</Text>}
          </Planned>
          <Text size="sm" c="dimmed">Its past counts at once. Journeys that begin with it begin only for what happens from now on.</Text>
        </>
      )}
    </PublishDialog>
  );
}
