/** The plan of a publish: what changes in words and as it reads, and which live journeys send it from then on. */
import { Alert, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { PublishDialog } from "../ui/PublishDialog";
import { Compare, type Side } from "./Compare";
import { Diff } from "./Diff";
import { Flaws } from "./Flaws";
import { contents, WHAT, type Kind } from "./piece";
import type { With } from "./Preview";
import { shownIn } from "./shownIn";
import { Takes } from "./Takes";

type Change = Schemas["PieceChange"];
interface Props { workspace: string; kind: Kind | "asset"; name: string; /** Whom it is shown as, to begin with. */ as?: With; onClose: () => void; onDone: () => void }

export function Publish({ workspace, kind, name, as, onClose, onDone }: Props) {
  const path = { kind, name };
  const plan = useQuery({ queryKey: ["content", workspace, kind, name, "plan"], queryFn: () => data(api.GET("/api/content/{kind}/{name}/plan", { params: { path } })), gcTime: 0, refetchOnWindowFocus: false });
  const { data: now } = useQuery(session);
  const narrow = useMediaQuery("(max-width: 62em)", false);
  const client = useQueryClient();
  const [chosen, setChosen] = useState<With>(as ?? { person: "", event: "", locale: "" });
  const previews = !!now && may(now, workspace, "people:read");
  return (
    <PublishDialog title={`Publish ${name}`} size="64rem" fullScreen={narrow} plan={plan} close={onClose} says={`${name} is published.`}
      stopped={({ problems, changes }) => changes.length === 0 || problems.some((each) => !each.warning)}
      publish={async (looked, note) => (await data(api.POST("/api/content/{kind}/{name}/publish", { params: { path }, headers: { "if-match": `"${looked.revision}"` }, body: { over: looked.number, note } }))).waits ?? null}
      done={() => client.invalidateQueries({ queryKey: ["content", workspace] }).then(onDone)}>
      {({ problems, changes, number, revision }) => (
        <>
          {problems.some((each) => !each.warning) && (
            <Alert color="red" variant="light" role="alert" title="This stands in the way">
              <Flaws of={problems.filter((each) => !each.warning)} />
            </Alert>
          )}
          {changes.length === 0 && !problems.some((each) => !each.warning) && <Text size="sm">The draft says the same as what is in force: there is nothing to publish.</Text>}
          {changes.map((change) => (
            <section key={`${change.kind}/${change.name}`} aria-label={`${change.kind} ${change.name}`}>
              <Title order={3} fz="sm">{WHAT[change.kind as Kind] ?? "Picture"} {change.name} is {change.what}</Title>
              <Takes workspace={workspace} {...change} />
              {change.kind in WHAT ? <Changed workspace={workspace} change={change} number={number} stamp={String(revision)} chosen={chosen} onChoose={setChosen} previews={previews} /> : <Diff lines={change.diff} />}
            </section>
          ))}
          <Flaws of={problems.filter((each) => each.warning)} quiet />
        </>
      )}
    </PublishDialog>
  );
}

interface Changing { workspace: string; change: Change; number: number; stamp: string; chosen: With; onChoose: (chosen: With) => void; previews: boolean }

/** One text, in force beside the draft; where it is new, the draft alone. */
function Changed({ workspace, change, number, stamp, chosen, onChoose, previews }: Changing) {
  const kind = change.kind as Kind;
  const { data: all } = useQuery({ ...contents(workspace), enabled: kind !== "template" });
  const [through = ""] = previews ? shownIn(all?.pieces ?? [], kind, change.name) : [];
  const older: Side | undefined = change.what !== "changed" ? undefined : { number, says: "in force", at: String(number) };
  return <Compare workspace={workspace} kind={kind} name={change.name} older={older} newer={{ number: 0, says: "your draft", at: stamp }} through={through} chosen={chosen} onChoose={onChoose} folded />;
}
