/** From whom messages come, and by whom they are carried; each can be tried out here. */
import { Alert, Badge, Box, Button, Group, Modal, Paper, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { useListing } from "../ui/useListing";
import { sentence } from "../ui/sentence";
import { MailLink } from "./MailLink";
import { sending } from "./room";
import { fieldsOf, SchemaForm, secretName } from "./SchemaForm";
import { nameOf, useSettings, without, type Document, type Sender } from "./useSettings";

type Channel = Schemas["ChannelAsks"];

export function Sending() {
  const { workspace, found, document, confirmed, save } = useSettings();
  const { data: now } = useQuery(session);
  const channels = useQuery({ queryKey: ["channels", workspace], queryFn: () => data(api.GET("/api/channels")) });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (channels.error) return <Failed whole error={channels.error} again={() => void channels.refetch()} />;
  if (!document || !channels.data) return <Waiting head />;
  const edits = !!now && may(now, workspace, "settings:edit");
  return (
    <>
      <PageHead title="Senders and providers" about="From whom your messages come, and by whom they are carried." />
      <Senders document={document} confirmed={confirmed} save={save} edits={edits} />
      {channels.data.channels.map((each) => (
        <ChannelCard key={each.name} channel={each} document={document} stored={channels.data.secrets} save={save} edits={edits} email={now?.email ?? ""} />
      ))}
    </>
  );
}

type Save = ReturnType<typeof useSettings>["save"];

function Senders({ document, confirmed, save, edits }: { document: Document; confirmed: string[]; save: Save; edits: boolean }) {
  const [editing, setEditing] = useState<string | null>(null);
  const senders = document.senders ?? {};
  const names = Object.keys(senders);
  const asked = useListing(sending.useSearch());
  const isConfirmed = (name: string) => confirmed.includes(senders[name]!.email.toLowerCase());
  const remove = (name: string) => {
    save.mutate({ change: { senders: without(senders, name), sender: document.sender === name ? undefined : document.sender }, says: `${senders[name]?.email} sends nothing any more.` });
  };
  const ask = (name: string) => modals.openConfirmModal({
    title: "Remove this sender?",
    children: <Text size="sm">Templates that say they come from it can&rsquo;t be sent any more.</Text>,
    labels: { confirm: "Remove", cancel: "Keep" }, confirmProps: { color: "red" }, onConfirm: () => remove(name),
  });
  const main = document.sender ?? (names.length === 1 ? names[0] : undefined);
  const standing = (name: string) => isConfirmed(name) ? <Badge color="teal">Confirmed</Badge>
    : edits ? <MailLink key={senders[name]!.email} email={senders[name]!.email} says="Mail a link to confirm" compact /> : "not yet";
  return (
    <Card title="Senders" about="Whom people see a mail is from." action={edits && <Button size="xs" variant="default" onClick={() => setEditing("")}>Add a sender</Button>}>
      {names.length === 0 ? <Text size="sm" c="dimmed">Nobody yet. Add the address your mails come from, such as hello@your-shop.com.</Text> : (
        <Given<string>
          title="The senders"
          rows={names.filter((name) => asked.found(`${name} ${senders[name]!.name ?? ""} ${senders[name]!.email}`))}
          search={asked.search("Search by name or address")}
          sorts={asked.sorts({ from: (name) => titleOf(senders[name]!), name: (name) => name, confirmed: (name) => (isConfirmed(name) ? "0" : "1") })}
          idOf={(name) => name}
          columns={[
            { accessor: "from", title: "From", render: (name) => <><Whom sender={senders[name]!} /><Box hiddenFrom="sm" mt={4}>{standing(name)}</Box></> },
            { accessor: "name", title: "Name in templates", visibleMediaQuery: "(min-width: 48em)", render: (name) => <>{name}{name === main && <Text span size="xs" c="dimmed">, used by default</Text>}</> },
            { accessor: "confirmed", title: "Confirmed", visibleMediaQuery: "(min-width: 48em)", render: standing },
            ...(edits ? [{
              accessor: "more", title: "", textAlign: "right" as const,
              render: (name: string) => (
                <Group gap={2} justify="flex-end" wrap="nowrap">
                  <Button data-row size="compact-xs" variant="subtle" aria-label={`Edit ${name}`} onClick={() => setEditing(name)}>Edit</Button>
                  <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Remove ${name}`} onClick={() => ask(name)}>Remove</Button>
                </Group>
              ),
            }] : []),
          ]}
          empty={null}
        />
      )}
      <Modal opened={editing !== null} onClose={() => setEditing(null)} title={editing ? "Edit the sender" : "Add a sender"} closeButtonProps={{ "aria-label": "Close" }}>
        {editing !== null && <EditSender name={editing} document={document} save={save} close={() => setEditing(null)} />}
      </Modal>
    </Card>
  );
}

const titleOf = (sender: Sender) => sender.name || sender.email;

function Whom({ sender }: { sender: Sender }) {
  return <><Text size="sm" fw={550}>{titleOf(sender)}</Text><Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{sender.email}{sender.reply_to && <Text span inherit display="block" visibleFrom="sm">Replies to {sender.reply_to}</Text>}</Text></>;
}

function EditSender({ name, document, save, close }: { name: string; document: Document; save: Save; close: () => void }) {
  const senders = document.senders ?? {};
  const before = senders[name];
  const [form, setForm] = useState({ email: before?.email ?? "", name: before?.name ?? "", reply_to: before?.reply_to ?? "" });
  const [main, setMain] = useState(document.sender === name && name !== "");
  const key = name || nameOf(form.email.split("@")[0] ?? "", Object.keys(senders));
  const refused = save.error instanceof Refused ? save.error : null;
  const field = (of: keyof typeof form) => ({
    value: form[of], error: refused?.of(`senders.${key}.${of}`),
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setForm({ ...form, [of]: event.currentTarget.value }),
  });
  const keep = () => {
    const made: Sender = Object.fromEntries(Object.entries(form).map(([of, value]) => [of, value.trim()]).filter(([, value]) => value)) as unknown as Sender;
    save.mutate({ change: { senders: { ...senders, [key]: made }, sender: main ? key : document.sender === key ? undefined : document.sender }, says: "The sender was saved." }, { onSuccess: close });
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); keep(); }}>
      <Stack>
        <TextInput label="Email address" type="email" placeholder="hello@your-shop.com" data-autofocus {...field("email")} />
        <TextInput label="Name people see" placeholder="Ada of Your Shop" {...field("name")} />
        <TextInput label="Replies go to" description="Left empty: to the address itself" type="email" {...field("reply_to")} />
        <Switch label="Send from it unless a template says otherwise" checked={main} onChange={(event) => setMain(event.currentTarget.checked)} />
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={save.isPending} disabled={!form.email.trim()}>Save</Button></Group>
      </Stack>
    </form>
  );
}

function ChannelCard({ channel, document, stored, save, edits, email }: { channel: Channel; document: Document; stored: Schemas["Secret"][]; save: Save; edits: boolean; email: string }) {
  const table = document.channels?.[channel.name];
  const [editing, setEditing] = useState(false);
  const provider = channel.providers.find((each) => each.name === table?.provider);
  const about = provider
    ? `Carried by ${provider.title}${typeof table?.host === "string" ? ` at ${table.host}` : ""}.${table?.provider === "mailbox" ? " Nothing leaves this machine." : ""}`
    : "Nobody carries it yet, so nothing is sent on it.";
  return (
    <Card title={channel.title} about={about}
      action={edits && !editing && <Button size="xs" variant="default" aria-label={`${provider ? "Change" : "Set up"} ${channel.title}`} onClick={() => setEditing(true)}>{provider ? "Change" : "Set up"}</Button>}>
      {editing ? (
        <EditProvider channel={channel} document={document} stored={stored} save={save} close={() => setEditing(false)} email={email} />
      ) : provider && edits ? <Test channel={channel} email={channel.name === "email" ? email : ""} /> : null}
    </Card>
  );
}

function EditProvider({ channel, document, stored, save, close, email }: { channel: Channel; document: Document; stored: Schemas["Secret"][]; save: Save; close: () => void; email: string }) {
  const { workspace } = useSettings();
  const client = useQueryClient();
  const before = document.channels?.[channel.name] ?? {};
  const [name, setName] = useState(String(before.provider ?? channel.providers.find((each) => each.name !== "mailbox")?.name ?? channel.providers[0]!.name));
  const [values, setValues] = useState<Record<string, unknown>>(Object.fromEntries(Object.entries(before).filter(([key]) => key !== "provider")));
  const [secrets, setSecrets] = useState<Record<string, string>>({});
  const provider = channel.providers.find((each) => each.name === name)!;
  /** Store what was typed, and name it in the settings. */
  const settle = async (): Promise<Record<string, unknown>> => {
    const made: Record<string, unknown> = { provider: name, ...values };
    for (const [field, value] of Object.entries(secrets).filter(([, typed]) => typed)) {
      const secret = secretName(channel.name, name, field);
      await data(api.PUT("/api/secrets/{name}", { params: { path: { name: secret } }, body: { value } }));
      made[field] = secret;
    }
    setValues(Object.fromEntries(Object.entries(made).filter(([key]) => key !== "provider")));
    setSecrets({});
    await client.invalidateQueries({ queryKey: ["channels", workspace] });
    return made;
  };
  const keep = useMutation({
    mutationFn: async () => save.mutateAsync({ change: { channels: { ...document.channels, [channel.name]: await settle() } }, says: `${channel.title} is carried by ${provider.title}.` }),
    onSuccess: close,
  });
  const refused = keep.error instanceof Refused ? keep.error : null;
  const remove = () => {
    save.mutate({ change: { channels: without(document.channels ?? {}, channel.name) }, says: `Nobody carries ${channel.title} any more.` }, { onSuccess: close });
  };
  const chosen = (next: string | null) => {
    if (!next) return;
    setName(next);
    setValues(next === before.provider ? Object.fromEntries(Object.entries(before).filter(([key]) => key !== "provider")) : {});
    setSecrets({});
  };
  const shown = refused?.faults.filter((fault) => !fieldsOf(provider.schema).some((field) => fault.where === `channels.${channel.name}.${field.name}`));
  return (
    <form onSubmit={(event) => { event.preventDefault(); keep.mutate(); }}>
      <Stack>
        <Select label="Provider" w={360} maw="100%" data={channel.providers.map((each) => ({ value: each.name, label: each.name === "mailbox" ? "Mailbox on this machine (to try things out)" : each.title }))} value={name} onChange={chosen} />
        <SchemaForm schema={provider.schema} values={values} secrets={secrets} stored={stored} onChange={setValues} onSecret={setSecrets} faultOf={(field) => refused?.of(`channels.${channel.name}.${field}`)} />
        {refused && shown && (shown.length > 0 || !refused.faults.length) && <Alert color="red" variant="light" role="alert">{sentence(shown[0]?.message ?? refused.says, refused.hint)}</Alert>}
        <Group>
          <Button type="submit" loading={keep.isPending}>Save</Button>
          <Button variant="default" onClick={close}>Cancel</Button>
          {before.provider != null && <Button variant="subtle" color="red" ml="auto" onClick={remove}>Stop using {channel.title}</Button>}
        </Group>
        <Test channel={channel} email={channel.name === "email" ? email : ""} settings={settle} />
      </Stack>
    </form>
  );
}

const WHERE: Record<string, { label: string; placeholder: string }> = {
  email: { label: "Email address to test with", placeholder: "you@your-shop.com" },
  sms: { label: "Phone number to test with", placeholder: "+14155550123" },
  push: { label: "Device token to test with", placeholder: "" },
  webhook: { label: "Address to test with", placeholder: "https://example.com/hook" },
};

function Test({ channel, email, settings }: { channel: Channel; email: string; settings?: () => Promise<Record<string, unknown>> }) {
  const [to, setTo] = useState(email);
  const test = useMutation({
    mutationFn: async () => data(api.POST("/api/channels/{channel}/test", { params: { path: { channel: channel.name } }, body: { to, sender: "", settings: settings ? await settings() : null } })),
  });
  const words = WHERE[channel.name] ?? { label: "Where to", placeholder: "" };
  return (
    <Paper bg="var(--well)" radius="md" p="sm">
      <Group align="flex-end">
        <TextInput label={words.label} placeholder={words.placeholder} w={300} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        <Button variant="default" loading={test.isPending} disabled={!to.trim()} onClick={() => test.mutate()}>Send a test</Button>
      </Group>
      <div aria-live="polite">
        {test.data && <Text size="sm" mt={8} c={test.data.taken ? "var(--good)" : "var(--bad)"}>{quoted(test.data.says)}</Text>}
        {test.error && <Text size="sm" mt={8} c="var(--bad)">{sentence(test.error.message, test.error instanceof Refused ? test.error.hint : "")}</Text>}
      </div>
    </Paper>
  );
}
