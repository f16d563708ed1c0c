/** The dialogs in which all sending is stopped and resumed; loaded when they are asked for. */
import { Button, Group, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, type Refused } from "../api/client";
import { Dialog } from "../ui/Dialog";
import { Failed } from "../ui/Page";
import { told } from "../ui/told";

export function Stop({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const { busy, fault, run } = useCall(workspace, onClose);
  const stop = (event: FormEvent) => {
    event.preventDefault();
    void run(() => data(api.POST("/api/sending/stop", { body: { reason } })), "All sending is stopped");
  };
  return (
    <Dialog onClose={onClose} title="Stop all sending">
      <form onSubmit={stop}>
        <Stack gap="md">
          <Text size="sm">Within a second, nothing of {workspace} goes out any more: no email, text, push or webhook message, transactional ones included. Nothing is lost: what becomes due waits until you resume. What a provider has in hand already can't be called back.</Text>
          <Textarea label="Why" description="Everybody sees it while it stands. In a hurry, leave it empty." placeholder="The offer has a wrong price" data-autofocus autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {fault && <Failed error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" color="red" loading={busy}>Stop all sending</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

export function Resume({ workspace, many, onClose }: { workspace: string; many: string; onClose: () => void }) {
  const [held, setHeld] = useState("");
  const { busy, fault, run } = useCall(workspace, onClose);
  const resume = (event: FormEvent) => {
    event.preventDefault();
    void run(() => data(api.POST("/api/sending/resume", { body: { held: held as "send" | "drop" } })), "Sending goes on");
  };
  return (
    <Dialog onClose={onClose} title="Resume sending">
      <form onSubmit={resume}>
        <Stack gap="md">
          <Radio.Group label={`${many}. What becomes of it?`} value={held} onChange={setHeld}>
            <Stack gap="xs" mt="xs">
              <Radio value="send" label="Send it now" description="As fast as the provider takes it. Consent, limits and exits are asked again." />
              <Radio value="drop" label="Drop it" description="It is never sent. Each delivery says that it was dropped, and why." />
            </Stack>
          </Radio.Group>
          {fault && <Failed error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={busy} disabled={!held}>Resume</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function useCall(workspace: string, done: () => void) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Refused | null>(null);
  const client = useQueryClient();
  const run = async (call: () => Promise<unknown>, says: string) => {
    setBusy(true);
    setFault(null);
    try {
      await call();
      told(says);
      done();
    } catch (error) {
      setFault(error as Refused);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ["sending", workspace] });
    }
  };
  return { busy, fault, run };
}
