/** Beside what is edited as a whole: whether it is written, undo, and what to do where somebody else has written it meanwhile. */
import { Alert, Badge, Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { WORDS } from "../api/autosave";
import { useNames } from "../journeys/called";
import { Failed } from "../ui/Page";
import { toldFault } from "../ui/told";
import { UndoRedo } from "./UndoRedo";
import type { Whole } from "./useWhole";

interface Edited<T> { workspace: string; of: Whole<T>; theirs: () => void }

/** `begun`: whether there is a draft. `theirs`: shows what stands there now. */
export function Kept<T>({ begun, children, ...edited }: Edited<T> & { begun: boolean; children?: ReactNode }) {
  const { of } = edited;
  return (
    <>
      <Meanwhile {...edited} />
      {(begun || of.undo || of.redo || children) && <Group gap="xs" mt="sm">
        <UndoRedo undo={of.undo} redo={of.redo} />
        {begun && <Text size="sm" c="dimmed" role="status">{`${WORDS[of.saving]}.`.replace("….", "…")} It reaches nobody until it is published.</Text>}
        <span style={{ flex: 1 }} />
        {children}
      </Group>}
    </>
  );
}

/** What keeps it from being written, and that somebody else wrote it. */
export function Meanwhile<T>({ workspace, of, theirs }: Edited<T>) {
  const names = useNames(workspace);
  return (
    <>
      {of.saving === "overtaken" ? (
        <Alert variant="light" color="yellow" role="alert" my="sm" title={of.fault?.message ?? "Somebody has changed this meanwhile"}>
          <Text size="sm" mb="xs">What you just changed is not saved. Nothing is written over before you choose.</Text>
          <Group gap="xs"><Button size="xs" variant="default" onClick={theirs}>Show theirs, drop mine</Button><Button size="xs" variant="default" onClick={() => void of.mine().catch(toldFault)}>Keep mine</Button></Group>
        </Alert>
      ) : of.fault && <Failed error={of.fault} again={() => void of.flush()} />}
      {of.news && <Alert variant="light" role="status" mt="sm" title={`${names.member(of.news)} has changed this meanwhile`}><Group justify="space-between"><Text size="sm">You look at it as it was before.</Text><Button size="xs" variant="default" onClick={theirs}>Show it</Button></Group></Alert>}
    </>
  );
}

/** Who else has it open, at the head of the page. */
export function Others({ workspace, of }: { workspace: string; of: readonly string[] }) {
  const names = useNames(workspace);
  return <>{of.map((who) => <Badge key={who} title={`${who} has this open too`}>{names.member(who)} is here</Badge>)}</>;
}
