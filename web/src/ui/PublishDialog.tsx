/** The dialog in which something is published: its plan, what it is for, and that it may wait for somebody else; said once for every kind. */
import { Alert, Button, Code, Stack, Text, TextInput, type ModalProps } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Refused } from "../api/client";
import { Dialog, Foot } from "./Dialog";
import { Failed, Waiting } from "./Page";
import { told } from "./told";

interface Props<P extends { approval: boolean }> {
  title: string;
  size?: ModalProps["size"];
  fullScreen?: boolean;
  /** What publishing changes, as the server sees it now; asked anew where it was refused. */
  plan: UseQueryResult<P>;
  /** Publishes what was looked at; gives the number under which it waits for approval, null where it is in force. */
  publish: (plan: P, note: string) => Promise<number | null>;
  /** What is said once it is in force. */
  says: string;
  /** What stands in the way, so that there is nothing to press. */
  stopped?: (plan: P) => boolean;
  children: (plan: P) => ReactNode;
  close: () => void;
  /** Shows what is in force now; the dialog stays until that is done. */
  done: () => void | Promise<void>;
}

export function PublishDialog<P extends { approval: boolean }>({ title, size = "lg", fullScreen, plan, publish, says, stopped, children, close, done }: Props<P>) {
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const found = plan.data;
  const go = async (looked: P) => {
    setBusy(true);
    setFault(null);
    try {
      const waiting = await publish(looked, note);
      told(waiting === null ? says : `It waits for somebody else’s approval, as number ${waiting}.`);
      await done();
      close();
    } catch (error) {
      setFault(error instanceof Refused && error.code === "overtaken" ? new Error("It was changed a moment ago. This is how it is now: look at it, and publish once more.") : (error as Error));
      void plan.refetch();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={close} title={title} size={size} fullScreen={fullScreen} closeButtonProps={{ "aria-label": "Close" }}>
      {plan.error ? <Failed error={plan.error} again={() => void plan.refetch()} /> : !found ? <Waiting rows={4} /> : (
        <Stack gap="md">
          {children(found)}
          {found.approval && <Alert color="yellow" variant="light">This workspace asks for approval: it comes into force when somebody else has approved it.</Alert>}
          {!stopped?.(found) && <TextInput label="What it is for" description="For the history; may be left empty." value={note} onChange={(event) => setNote(event.currentTarget.value)} />}
          {fault && <Failed error={fault} />}
          <Foot>
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button loading={busy} disabled={stopped?.(found)} onClick={() => void go(found)}>{found.approval ? "Ask for approval" : "Publish"}</Button>
          </Foot>
        </Stack>
      )}
    </Dialog>
  );
}

/** A part of a plan under its heading. */
export function Planned({ title, children }: { title: string; children: ReactNode }) {
  return <section aria-label={title}><Text size="sm" fw={600} mb={4}>{title}</Text>{children}</section>;
}

/** A rule as it changes, word by word; whole where it is the first. */
export function Reworded({ words, first }: { words: readonly { sign: string; text: string }[]; first: boolean }) {
  return (
    <Code block style={{ whiteSpace: "pre-wrap" }}>
      {words.map((each, n) => each.sign === "-" ? <del key={n}>{each.text}</del> : each.sign === "+" && !first ? <ins key={n}>{each.text}</ins> : <span key={n}>{each.text}</span>)}
    </Code>
  );
}
