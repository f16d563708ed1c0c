/** The switch that stops all sending: one click from every page for who may, and a word on every page for everybody while it stands. */
import { ActionIcon, Alert, Button, Group, Radio, Stack, Text, Textarea, UnstyledButton } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, type Refused } from "../api/client";
import { may, session } from "../session/session";
import { Dialog } from "../ui/Dialog";
import { Moment } from "../ui/moment";
import { Failed } from "../ui/Page";
import { told } from "../ui/told";
import classes from "./Shell.module.css";

const sending = (workspace: string) => queryOptions({ queryKey: ["sending", workspace], queryFn: () => data(api.GET("/api/sending")), refetchInterval: 5000 });

/** Whether somebody may see it, and may switch it. */
function useSwitch(workspace: string) {
  const { data: now } = useQuery(session);
  const sees = !!now && may(now, workspace, "deliveries:read");
  const { data: said } = useQuery({ ...sending(workspace), enabled: sees });
  return { said, switches: !!now && may(now, workspace, "sending:stop") };
}

/** `bare`: a sign alone, in the header of a phone. */
export function StopMenu({ workspace, bare = false }: { workspace: string; bare?: boolean }) {
  const { said, switches } = useSwitch(workspace);
  const [asks, setAsks] = useState(false);
  if (!switches || !said || said.stopped) return null;
  return (
    <>
      {bare
        ? <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Stop all sending" onClick={() => setAsks(true)}><IconHandStop size={19} stroke={1.7} /></ActionIcon>
        : <UnstyledButton className={`${classes.link} ${classes.wide}`} onClick={() => setAsks(true)}><IconHandStop size={17} stroke={1.7} /> Stop all sending</UnstyledButton>}
      {asks && <Stop workspace={workspace} onClose={() => setAsks(false)} />}
    </>
  );
}

/** Stands above every page while nothing is sent. */
export function Stopped({ workspace }: { workspace: string }) {
  const { said, switches } = useSwitch(workspace);
  const [asks, setAsks] = useState(false);
  if (!said?.stopped) return null;
  const many = said.held > 10_000 ? "More than 10,000 messages wait" : said.held === 1 ? "1 message waits" : said.held ? `${said.held.toLocaleString("en")} messages wait` : "Nothing waits yet";
  return (
    <Alert color="red" variant="light" mb="lg" role="status" title="All sending is stopped" icon={<IconHandStop />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>{said.reason}. Stopped by {said.by}, <Moment at={said.at} />. {many}; journeys go on, and what they send waits too.</Text>
        {switches && <Button size="xs" color="red" onClick={() => setAsks(true)}>Resume…</Button>}
      </Group>
      {asks && <Resume workspace={workspace} many={many} onClose={() => setAsks(false)} />}
    </Alert>
  );
}

function Stop({ workspace, onClose }: { workspace: string; onClose: () => void }) {
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
          <Textarea label="Why" description="Everybody sees it while it stands." placeholder="The offer has a wrong price" required data-autofocus autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {fault && <Failed error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" color="red" loading={busy} disabled={!reason.trim()}>Stop all sending</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Resume({ workspace, many, onClose }: { workspace: string; many: string; onClose: () => void }) {
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
