/** Sending again what did not arrive: one message, or all of a list. What will happen is said before it does. */
import { Alert, Button, Checkbox, Group, List, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { Dialog } from "../ui/Dialog";
import { local } from "../ui/moment";
import { Failed } from "../ui/Page";
import { told } from "../ui/told";
import type { Narrowed } from "./room";

type Look = Schemas["Repeatable"];
type Fate = Schemas["Outlook"];

const ASKED = "Consent, suppressed addresses, limits and paused journeys are asked again when it is sent.";

function useEdits(workspace: string): boolean {
  const { data: now } = useQuery(session);
  return !!now && may(now, workspace, "deliveries:edit");
}

/** The button on a delivery's page; nothing where it can't be sent again. */
export function SendAgain({ workspace, id, state, onAsked }: { workspace: string; id: string; state: string; onAsked: () => void }) {
  const [opened, setOpened] = useState(false);
  const edits = useEdits(workspace);
  const { data: look } = useQuery({
    queryKey: ["delivery", workspace, id, "again", state],
    queryFn: async () => await data(api.GET("/api/deliveries/{id}/again", { params: { path: { id } } })),
    enabled: edits,
  });
  if (!edits || !look?.can) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>Send again…</Button>
      {opened && <One id={id} look={look} onClose={() => setOpened(false)} onAsked={onAsked} />}
    </>
  );
}

function One({ id, look, onClose, onAsked }: { id: string; look: Look; onClose: () => void; onAsked: () => void }) {
  const [present, setPresent] = useState(look.present);
  const [sure, setSure] = useState(!look.unsure);
  const fate = present ? look.outlook_present : look.outlook;
  return (
    <Ask title="Send again" does="Send again" ready={sure} onClose={onClose}
      act={() => data(api.POST("/api/deliveries/{id}/again", { params: { path: { id } }, body: { present, unsure: look.unsure && sure } }))}
      done={() => { told("It is being sent again"); onAsked(); }}>
      <Text size="sm">A new message goes to the same person; this one stays in the list as it ended. {ASKED}</Text>
      {fate && <Outlook fate={fate} />}
      <Checkbox label="With the template as it is now" checked={present} disabled={look.present} onChange={(event) => setPresent(event.currentTarget.checked)}
        description={look.present ? "It could not be made as it was, so there is nothing to keep." : "Otherwise it says what it said then."} />
      {look.unsure && <Unsure label="Send it all the same" checked={sure} onChange={setSure}>Nobody knows whether this message arrived: the provider never answered. Sent again, it may come twice.</Unsure>}
    </Ask>
  );
}

const FATES: Record<Fate["does"], [colour: string, says: string]> = {
  send: ["teal", "As things stand, it goes out at once."],
  wait: ["yellow", "As things stand, it waits."],
  refuse: ["red", "As things stand, it would be held back once more."],
  fail: ["red", "As things stand, it would fail once more."],
};

/** What would become of it as things stand. */
function Outlook({ fate }: { fate: Fate }) {
  const [colour, says] = FATES[fate.does];
  return (
    <Alert color={colour} variant="light">
      <Text size="sm" fw={550}>{says}</Text>
      {fate.why && <Text size="sm" style={{ overflowWrap: "anywhere" }}>{local(fate.why)}</Text>}
    </Alert>
  );
}

/** The button of a list that is narrowed, with how many of it can be sent again. */
export function SendAllAgain({ workspace, narrowed }: { workspace: string; narrowed: Narrowed }) {
  const [shown, setShown] = useState<Schemas["AllAgain"] | null>(null);
  const edits = useEdits(workspace);
  const { q = "", state = "", channel = "", journey = "", template = "" } = narrowed;
  const filters = { person: q, state, channel, journey, template };
  const found = useQuery({
    queryKey: ["deliveries", workspace, "again", filters],
    queryFn: async () => await data(api.GET("/api/deliveries/again", { params: { query: filters } })),
    enabled: edits && Object.values(filters).some(Boolean),
    refetchInterval: 5000,
  });
  const count = found.data ? found.data.sure + found.data.unsure : 0;
  if (!edits || (!count && !shown)) return null;
  return (
    <>
      <Button variant="default" onClick={() => setShown(found.data ?? null)}>Send these again… ({count.toLocaleString("en")})</Button>
      {shown && <All filters={filters} found={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function All({ filters, found, onClose }: { filters: Omit<Schemas["SendAllAgain"], "mark" | "unsure" | "present">; found: Schemas["AllAgain"]; onClose: () => void }) {
  const [unsure, setUnsure] = useState(false);
  const [present, setPresent] = useState(false);
  const count = found.sure + (unsure ? found.unsure : 0);
  const many = count === 1 ? "1 message" : `${count.toLocaleString("en")} messages`;
  const queries = useQueryClient();
  return (
    <Ask title="Send these again" does={`Send ${many} again`} ready={count > 0} onClose={onClose}
      act={() => data(api.POST("/api/deliveries/again", { body: { ...filters, mark: found.mark, unsure, ...(present ? { present } : {}) } }))}
      done={() => { told(`${many} ${count === 1 ? "is" : "are"} being sent again`); void queries.invalidateQueries({ queryKey: ["deliveries"] }); }}>
      <Text size="sm">Of this list, {many} did not arrive and {count === 1 ? "goes" : "go"} out again, each as a new message to the same person. {ASKED} Of the last 30 days only; what was cancelled, or arrived, stays as it is.</Text>
      {found.more && <Text size="sm">There are more than 10,000. These are the latest; do the rest after them.</Text>}
      {found.reasons.length > 0 && (
        <div>
          <Text size="sm" fw={550} mb={4}>Why they did not arrive</Text>
          <List size="sm" spacing={4}>{found.reasons.map(([why, n]) => <List.Item key={why} style={{ overflowWrap: "anywhere" }}>{n.toLocaleString("en")} × {local(why) || "no reason was given"}</List.Item>)}</List>
        </div>
      )}
      <Checkbox label="With the templates as they are now" checked={present} onChange={(event) => setPresent(event.currentTarget.checked)}
        description="Otherwise each says what it said then; what could not be made is made with the template as it is now." />
      {found.unsure > 0 && <Unsure label={found.unsure === 1 ? "Also the 1 that may have arrived" : `Also the ${found.unsure.toLocaleString("en")} that may have arrived`} checked={unsure} onChange={setUnsure}>Of {found.unsure === 1 ? "1 message" : `${found.unsure.toLocaleString("en")} messages`} nobody knows whether it arrived: the provider never answered. Sent again, it may come twice.</Unsure>}
    </Ask>
  );
}

function Unsure({ label, checked, onChange, children }: { label: string; checked: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  return (
    <Alert color="orange" variant="light">
      <Stack gap="xs">
        <Text size="sm" fw={550}>It may come twice</Text>
        <Text size="sm">{children}</Text>
        <Checkbox label={label} checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      </Stack>
    </Alert>
  );
}

function Ask({ title, does, ready, act, done, onClose, children }: { title: string; does: string; ready: boolean; act: () => Promise<unknown>; done: () => void; onClose: () => void; children: ReactNode }) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    act().then(() => { done(); onClose(); }, (error: Error) => { setFault(error); setBusy(false); });
  };
  return (
    <Dialog onClose={onClose} title={title}>
      <form onSubmit={send}>
        <Stack gap="md">
          {children}
          {fault && <Failed error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={busy} disabled={!ready}>{does}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
