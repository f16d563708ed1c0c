/** What people may unsubscribe from, how much one person gets at most, and the workspace's own time. */
import { Button, Group, Modal, NumberInput, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Refused } from "../api/client";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { useListing } from "../ui/useListing";
import { ControlGroup, Quiet } from "./Quiet";
import { topics as topicsPage } from "./room";
import { nameOf, useSettings, without, type Document, type Topic } from "./useSettings";

type Save = ReturnType<typeof useSettings>["save"];
const ZONES = Intl.supportedValuesOf("timeZone");

export function Topics() {
  const { workspace, found, document, save } = useSettings();
  const { data: now } = useQuery(session);
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!document) return <Waiting head />;
  const edits = !!now && may(now, workspace, "settings:edit");
  const known: Record<string, string> = { marketing: "Everything but transactional messages", email: "Email", sms: "SMS", push: "Push", ...Object.fromEntries(Object.entries(document.topics ?? {}).map(([name, each]) => [name, each.name])) };
  return (
    <>
      <PageHead title="Topics and limits" about="What people may unsubscribe from, how much one person gets at most and when, and who gets nothing, for comparison." />
      <TopicList document={document} save={save} edits={edits} />
      <Limits document={document} save={save} edits={edits} known={known} />
      <Quiet document={document} save={save} edits={edits} known={known} />
      <ControlGroup key={document.control_group} document={document} save={save} edits={edits} />
      <Time document={document} save={save} edits={edits} />
    </>
  );
}

interface Part { document: Document; save: Save; edits: boolean }

const whoOf = (topic: Topic) => (topic.subscribed === false ? "Who asked for it" : "All but who left");

function TopicList({ document, save, edits }: Part) {
  const [editing, setEditing] = useState<string | null>(null);
  const topics = document.topics ?? {};
  const asked = useListing(topicsPage.useSearch());
  const remove = (name: string) => modals.openConfirmModal({
    title: `Remove ${topics[name]!.name}?`,
    children: <Text size="sm">It goes from people&rsquo;s preference page. What they chose is kept, should it come back.</Text>,
    labels: { confirm: "Remove", cancel: "Keep" }, confirmProps: { color: "red" },
    onConfirm: () => { save.mutate({ change: { topics: without(topics, name) }, says: "The topic was removed." }); },
  });
  return (
    <Card title="Topics" about="People choose among these on their preference page. A template says which topic it belongs to." action={edits && <Button size="xs" variant="default" onClick={() => setEditing("")}>Add a topic</Button>}>
      {Object.keys(topics).length === 0 ? <Text size="sm" c="dimmed">None yet. Without topics, people can only unsubscribe from everything.</Text> : (
        <Given<string>
          title="The topics"
          rows={Object.keys(topics).filter((name) => asked.found(`${name} ${topics[name]!.name} ${topics[name]!.description ?? ""}`))}
          search={asked.search("Search by name or description")}
          sorts={asked.sorts({ topic: (name) => topics[name]!.name, who: (name) => whoOf(topics[name]!) })}
          idOf={(name) => name}
          columns={[
            { accessor: "topic", title: "Topic", render: (name) => <><Text size="sm" fw={550}>{topics[name]!.name} <Text span size="xs" c="dimmed" fw={400}>{name}</Text></Text>{topics[name]!.description && <Text size="xs" c="dimmed">{topics[name]!.description}</Text>}<Text size="xs" c="dimmed" hiddenFrom="sm">{whoOf(topics[name]!)}</Text></> },
            { accessor: "who", title: "Who gets it", visibleMediaQuery: "(min-width: 48em)", render: (name) => whoOf(topics[name]!) },
            ...(edits ? [{
              accessor: "more", title: "", textAlign: "right" as const,
              render: (name: string) => (
                <Group gap={2} justify="flex-end" wrap="nowrap">
                  <Button data-row size="compact-xs" variant="subtle" aria-label={`Edit ${topics[name]!.name}`} onClick={() => setEditing(name)}>Edit</Button>
                  <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Remove ${topics[name]!.name}`} onClick={() => remove(name)}>Remove</Button>
                </Group>
              ),
            }] : []),
          ]}
          empty={null}
        />
      )}
      <Modal opened={editing !== null} onClose={() => setEditing(null)} title={editing ? "Edit the topic" : "Add a topic"} closeButtonProps={{ "aria-label": "Close" }}>
        {editing !== null && <EditTopic name={editing} document={document} save={save} close={() => setEditing(null)} />}
      </Modal>
    </Card>
  );
}

function EditTopic({ name, document, save, close }: { name: string; document: Document; save: Save; close: () => void }) {
  const topics = document.topics ?? {};
  const before = topics[name];
  const [title, setTitle] = useState(before?.name ?? "");
  const [description, setDescription] = useState(before?.description ?? "");
  const [subscribed, setSubscribed] = useState(before?.subscribed ?? true);
  const keep = () => {
    const key = name || nameOf(title, Object.keys(topics));
    const made = { name: title.trim(), ...(description.trim() && { description: description.trim() }), ...(!subscribed && { subscribed }) };
    save.mutate({ change: { topics: { ...topics, [key]: made } }, says: "The topic was saved." }, { onSuccess: close });
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); keep(); }}>
      <Stack>
        <TextInput label="Name people read" placeholder="Product news" value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <Textarea label="What it is" description="One sentence, on the preference page" value={description} onChange={(event) => setDescription(event.currentTarget.value)} autosize />
        <Switch label="People get it unless they leave it" checked={subscribed} onChange={(event) => setSubscribed(event.currentTarget.checked)} />
        {save.error instanceof Refused && <Text size="sm" c="var(--bad)">{save.error.says}</Text>}
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={save.isPending} disabled={!title.trim()}>Save</Button></Group>
      </Stack>
    </form>
  );
}

function Limits({ document, save, edits, known }: Part & { known: Record<string, string> }) {
  const limits = document.limits ?? {};
  const free = Object.keys(known).filter((name) => !(name in limits));
  const [what, setWhat] = useState("");
  const [most, setMost] = useState<number | string>(3);
  const [days, setDays] = useState<number | string>(7);
  const chosen = free.includes(what) ? what : free[0];
  const remove = (name: string) => save.mutate({ change: { limits: without(limits, name) }, says: "The limit was removed." });
  return (
    <Card title="Limits" about="How much one person gets at most. A message beyond a limit waits until there is room, and is given up when it has become too old.">
      <Stack gap="sm">
        {Object.entries(limits).map(([name, limit]) => (
          <Group key={name} gap="sm"><Text size="sm" miw={240}><b>{known[name] ?? name}</b></Text><Text size="sm">at most {limit}</Text>
            {edits && <Button size="compact-xs" variant="subtle" color="red" aria-label={`Remove the limit of ${known[name] ?? name}`} onClick={() => remove(name)}>Remove</Button>}</Group>
        ))}
        {Object.keys(limits).length === 0 && <Text size="sm" c="dimmed">No limits: whatever is planned is sent.</Text>}
        {edits && chosen && (
          <form onSubmit={(event) => { event.preventDefault(); save.mutate({ change: { limits: { ...limits, [chosen]: `${most} per ${days} ${Number(days) === 1 ? "day" : "days"}` } }, says: "The limit holds." }); }}>
            <Group align="flex-end" gap="xs">
              <Select label="Of" w={300} data={free.map((name) => ({ value: name, label: known[name]! }))} value={chosen} onChange={(value) => setWhat(value ?? "")} />
              <NumberInput label="At most" w={90} min={1} max={1000} hideControls value={most} onChange={setMost} />
              <NumberInput label="Within days" w={90} min={1} max={365} hideControls value={days} onChange={setDays} />
              <Button type="submit" variant="default" loading={save.isPending} disabled={!most || !days}>Add</Button>
            </Group>
          </form>
        )}
      </Stack>
    </Card>
  );
}

function Time({ document, save, edits }: Part) {
  const [zone, setZone] = useState(document.timezone ?? "UTC");
  const [expires, setExpires] = useState(document.expires ?? "24 hours");
  const refused = save.error instanceof Refused ? save.error : null;
  const same = zone === (document.timezone ?? "UTC") && expires === (document.expires ?? "24 hours");
  const keep = () => save.mutate({ change: { timezone: zone === "UTC" ? undefined : zone, expires: expires === "24 hours" ? undefined : expires } });
  return (
    <Card title="Time">
      <form onSubmit={(event) => { event.preventDefault(); keep(); }}>
        <Group align="flex-start">
          <Select label="Time zone" description="For people whose own is not known" searchable w={260} data={zone === "UTC" ? ["UTC", ...ZONES.filter((each) => each !== "UTC")] : [...new Set([zone, "UTC", ...ZONES])]} value={zone} disabled={!edits} onChange={(value) => value && setZone(value)} />
          <TextInput label="A marketing message is too old after" description="Such as 24 hours or 3 days" w={260} value={expires} disabled={!edits} error={refused?.of("expires")} onChange={(event) => setExpires(event.currentTarget.value)} />
          {edits && <Button type="submit" variant="default" mt={{ base: 0, xs: 44 }} loading={save.isPending} disabled={same}>Save</Button>}
        </Group>
      </form>
    </Card>
  );
}
