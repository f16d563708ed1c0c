/** What is changed of one person by hand: attributes, consent; a merge and its undoing; being forgotten. */
import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots, IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { CHANNELS } from "../content/piece";
import { useNames } from "../journeys/called";
import { readings } from "../rules/values";
import { Dialog } from "../ui/Dialog";
import { Moment } from "../ui/moment";
import { exact, plain } from "../ui/plain";
import { told, toldFault } from "../ui/told";
import { Changes } from "./Changes";
import { one } from "./room";

type Whole = Schemas["Whole"];
type Path = { kind: string; value: string };

function useAgain(who: Whole) {
  const client = useQueryClient();
  return () => setTimeout(() => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey.includes(who.person) || queryKey[0] === "history" }), 400);
}

async function set(path: Path, values: Record<string, unknown>, again: () => void, undo = true): Promise<void> {
  const { before } = await data(api.PATCH("/api/people/{kind}/{value}/attributes", { params: { path }, body: { set: values } }));
  again();
  told(Object.keys(values).length === 1 ? `${Object.keys(values)[0]} is changed.` : "Changed.", undo ? () => void set(path, before, again, false).catch(toldFault) : undefined);
}

/** The attributes, each with a pencil; what is written as a number or yes/no stays one. */
export function Attributes({ who, path }: { who: Whole; path: Path }) {
  const [editing, setEditing] = useState<{ name: string; text: string; fresh: boolean } | null>(null);
  const [fault, setFault] = useState("");
  const [other, setOther] = useState(false); // whether what was typed is of another kind than what stood there
  const [asked, setAsked] = useState<string | null>(null);
  const again = useAgain(who);
  const edit = (next: typeof editing) => { setFault(""); setOther(false); setEditing(next); };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (!editing) return;
    try {
      const old = editing.fresh ? undefined : who.attributes[editing.name];
      const value = editing.text === "" ? null : read(editing.text, old);
      if (value !== null && !other && isOther(value, old)) {
        setFault(`${editing.name} is ${typeof old === "number" ? "a number here, such as 12 or 2.5" : "yes or no here: write true or false"}. Rules that compare it would no longer hold.`);
        return setOther(true);
      }
      await set(path, { [editing.name.trim()]: value }, again);
      setEditing(null);
    } catch (error) {
      setFault(error instanceof Refused ? error.says : String(error));
    }
  };
  const pairs = Object.entries(who.attributes).filter(([name]) => name !== "id").sort(([a], [b]) => a.localeCompare(b));
  return (
    <Stack gap={4}>
      {asked && <Changes path={path} name={asked} close={() => setAsked(null)} />}
      {!pairs.length && <Text size="sm" c="dimmed">No attributes yet.</Text>}
      {pairs.map(([name, value]) => (
        <Group key={name} justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" c="dimmed" w="34%" style={{ overflowWrap: "anywhere" }}><Named name={name} open={setAsked} /></Text>
          <Text size="sm" flex={1} className="figures" title={exact(value)} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{plain(value)}</Text>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Edit ${name}`} onClick={() => edit({ name, text: shown(value), fresh: false })}><IconPencil size={14} /></ActionIcon>
        </Group>
      ))}
      <Group><Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} onClick={() => edit({ name: "", text: "", fresh: true })}>Add attribute</Button></Group>
      <Modal opened={!!editing} onClose={() => setEditing(null)} title={editing?.fresh ? "Add an attribute" : `Edit ${editing?.name}`} closeButtonProps={{ "aria-label": "Close" }}>
        {editing && (
          <form onSubmit={(event) => void save(event)}>
            <Stack gap="md">
              {editing.fresh && <TextInput label="Name" data-autofocus value={editing.name} onChange={(event) => setEditing({ ...editing, name: event.currentTarget.value })} />}
              <TextInput label="Value" data-autofocus={!editing.fresh} description="Left empty, the attribute is taken away." error={fault} value={editing.text} onChange={(event) => edit({ ...editing, text: event.currentTarget.value })} />
              <Group justify="flex-end"><Button variant="default" onClick={() => setEditing(null)}>Cancel</Button><Button type="submit" disabled={!editing.name.trim()}>{other ? "Save it all the same" : "Save"}</Button></Group>
            </Stack>
          </form>
        )}
      </Modal>
    </Stack>
  );
}

/** An attribute's name, which tells how it changed. */
export function Named({ name, open }: { name: string; open: (name: string) => void }) {
  return <UnstyledButton fz="sm" c="inherit" title="How it changed" aria-label={`How ${name} changed`} onClick={() => open(name)}>{name}</UnstyledButton>;
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What was typed, of the kind that stood there; a new one as it reads. */
function read(text: string, old: unknown): unknown {
  if (typeof old === "string") return text;
  if (typeof old === "object" && old !== null) {
    try {
      return JSON.parse(text);
    } catch {
      throw new Refused(400, "That is no list or object any more; mind the brackets and quotes.");
    }
  }
  return typeof old === "number" && text.trim() && Number.isFinite(Number(text)) ? Number(text) : readings(text)[0];
}

/** Whether a number or a yes/no would become something else. */
const isOther = (value: unknown, old: unknown) => (typeof old === "number" || typeof old === "boolean") && typeof value !== typeof old;

type Said = Schemas["ConsentAsked"];

/** What they agreed to: everything, then by topic and by channel. */
export function Agreed({ who, path }: { who: Whole; path: Path }) {
  const { workspace } = one.useParams();
  const topics = useNames(workspace).found?.topics ?? [];
  const again = useAgain(who);
  const { consent } = who;
  const say = async (said: Partial<Said>, back: Partial<Said> | null, says: string) => {
    await api.POST("/api/people/{kind}/{value}/consent", { params: { path }, body: { topics: {}, channels: {}, ...said } });
    again();
    told(says, back ? () => void say(back, null, "It is as it was.").catch(toldFault) : undefined);
  };
  const box = (of: "topics" | "channels", name: string, title: string, usual: boolean) => {
    const now = consent[of][name] ?? usual;
    return <Checkbox key={name} size="sm" label={title} checked={now && !consent.unsubscribed} disabled={consent.unsubscribed} onChange={() => void say({ [of]: { [name]: !now } }, { [of]: { [name]: now } }, now ? `They get no ${title} any more.` : `They may get ${title} again.`).catch(toldFault)} />;
  };
  const all = () => void say({ unsubscribed: !consent.unsubscribed }, { unsubscribed: consent.unsubscribed }, consent.unsubscribed ? "They may get marketing again." : "They get no marketing any more.").catch(toldFault);
  return (
    <Stack gap={8}>
      <Checkbox size="sm" label="Gets marketing" description="Set it only as they asked for it: it is written down with your name." checked={!consent.unsubscribed} onChange={all} />
      <Group gap="xl" align="flex-start" pl={30}>
        {topics.length > 0 && <Stack gap={6} role="group" aria-label="Topics">{topics.map((each) => box("topics", each.name, each.title, !each.asked))}</Stack>}
        <Stack gap={6} role="group" aria-label="Channels">{["email", "sms", "push"].map((each) => box("channels", each, CHANNELS[each]!, true))}</Stack>
      </Group>
    </Stack>
  );
}

/** The menu of a person: merge, part, forget. */
export function More({ who, path, name, home }: { who: Whole; path: Path; name: string; home: string }) {
  const [merging, setMerging] = useState(false);
  const navigate = useNavigate();
  const again = useAgain(who);
  const merges = useQuery({ queryKey: ["merges", who.person], queryFn: async () => (await data(api.GET("/api/people/{kind}/{value}/merges", { params: { path } }))).absorbed }).data ?? [];
  const part = async (person: string, says: string) => {
    await api.POST("/api/people/{kind}/{value}/unmerge", { params: { path }, body: { person } });
    again();
    told(`${says} is a person of their own again in a moment.`);
  };
  const forget = (suppress: boolean) =>
    modals.openConfirmModal({
      title: `${suppress ? "Suppress" : "Forget"} ${name}?`,
      children: <Text size="sm">Everything known of them goes: attributes, what they did, their messages, their names. They leave all journeys and segments. It can&apos;t be undone. {suppress ? "What your product sends about them later is refused, so they get nothing any more." : "If your product sends something about them later, they begin anew."}</Text>,
      labels: { confirm: `${suppress ? "Suppress" : "Forget"} them`, cancel: "Keep them" },
      confirmProps: { color: "red" },
      onConfirm: () => void api.DELETE("/api/people/{kind}/{value}", { params: { path, query: { suppress } } }).then(() => { told(`${name} is ${suppress ? "suppressed" : "forgotten"} in a moment.`); void navigate({ to: `${home}/people` }); }).catch(toldFault),
    });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon variant="default" size="lg" aria-label="More"><IconDots size={16} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setMerging(true)}>Merge with somebody…</Menu.Item>
          {merges.map((each) => <Menu.Item key={each.person} onClick={() => void part(each.person, each.name).catch(toldFault)}>Part from {each.name}, merged <Moment at={each.since} /></Menu.Item>)}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => forget(false)}>Forget…</Menu.Item>
          <Menu.Item color="red" onClick={() => forget(true)}>Suppress…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {merging && <MergeForm path={path} name={name} close={() => setMerging(false)} done={(other) => { again(); told(`${other.name} is ${name} now.`, () => void part(other.person, other.name).catch(toldFault)); }} />}
    </>
  );
}

function MergeForm({ path, name, close, done }: { path: Path; name: string; close: () => void; done: (other: Schemas["Absorbed"]) => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const merge = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const other = await data(api.POST("/api/people/{kind}/{value}/merge", { params: { path }, body: { absorb: text.trim() } }));
      close();
      done(other);
    } catch (error) {
      setFault(error instanceof Refused ? error.says : String(error));
    }
  };
  return (
    <Dialog onClose={close} title={`Merge somebody into ${name}`} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void merge(event)}>
        <Stack gap="md">
          <Text size="sm">The other person ends here: their history, names and journeys become {name}&apos;s. Where both have an attribute, {name}&apos;s stays; the stricter consent holds. It can be undone.</Text>
          <TextInput label="Email or id of the other one" data-autofocus value={text} error={fault} onChange={(event) => { setText(event.currentTarget.value); setFault(""); }} />
          <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" disabled={!text.trim()}>Merge</Button></Group>
        </Stack>
      </form>
    </Dialog>
  );
}
