/** What publishing a segment's draft changes, before it does. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { useNames } from "../journeys/called";
import { Count, people } from "../rules/matching";
import { Planned, PublishDialog, Reworded } from "../ui/PublishDialog";
import { one } from "./room";

export function Publish({ name, rule, close, done }: { name: string; rule: string; close: () => void; done: () => void }) {
  const names = useNames(one.useParams().workspace);
  const path = { name };
  const plan = useQuery({ queryKey: ["segment", name, "plan"], queryFn: () => data(api.GET("/api/segments/{name}/plan", { params: { path } })), retry: false, gcTime: 0 });
  return (
    <PublishDialog title="Publish the segment" plan={plan} close={close} done={done} says="Published. People are being looked at now."
      publish={async ({ over, revision }, note) => (await data(api.POST("/api/segments/{name}/publish", { params: { path }, body: { over, revision, note } }))).waiting}>
      {(found) => {
        const used = [...found.journeys.map((each) => `the journey ${names.journey(each)}`), ...found.segments.map((each) => `the segment ${names.segment(each)}`)];
        return (
          <>
            {found.rule.length > 0 && <Planned title={found.first ? "The rule" : found.carries ? "What changes" : "The rule stays as it is"}><Reworded words={found.rule} first={found.first} /></Planned>}
            <Planned title="Who will be in it">
              {rule ? <Count rule={rule} /> : <Text size="sm">Whoever is put in by hand.</Text>}
              {!found.first && <Text size="sm" c="dimmed">In it now: {people(found.people)}.</Text>}
            </Planned>
            <Planned title="Used by">
              <Text size="sm">{used.length ? `${used.join(", ")}.` : "Nothing uses it yet."}</Text>
              {used.length > 0 && found.carries && <Text size="sm" c="dimmed">They go by the new rule from now on. That somebody enters or leaves only because the rule changed starts no journey; an exit that no longer holds, or holds now, does count.</Text>}
            </Planned>
          </>
        );
      }}
    </PublishDialog>
  );
}
