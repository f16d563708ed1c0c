/** What a template is, as a form over its front matter: subject, sender, topic, layout. What it does not show stays as it is written. */
import { Alert, Autocomplete, Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api, data } from "../api/client";
import { clears } from "../ui/clears";
import type { Variable } from "./Code";
import { said, say } from "./front";
import { CHANNELS, contents } from "./piece";
import { begun } from "./words";

interface Props { workspace: string; text: string; format: string; variables: readonly Variable[]; readOnly: boolean; onChange: (text: string) => void }

export function Settings({ workspace, text, format, variables, readOnly, onChange }: Props) {
  const { data: found } = useQuery(contents(workspace));
  const names = useQuery({ queryKey: ["content", workspace, "names"], queryFn: () => data(api.GET("/api/content/names")), staleTime: 60_000 });
  const value = (key: string) => said(text, key);
  const set = (key: string) => (to: string) => onChange(say(text, key, to));
  const channel = value("channel") || "email";
  const layouts = (found?.pieces ?? []).filter((each) => each.kind === "layout" && (each.format === "mjml" ? format === "mjml" : true)).map((each) => each.name);
  const line = (key: string, label: string, about: string, placeholder = "") => {
    const now = value(key);
    if (now !== null && READ.has(key)) return <Line key={key} label={label} about={about} placeholder={placeholder} value={now ?? ""} variables={variables} readOnly={readOnly} onChange={set(key)} />;
    return now === null ? <TextInput key={key} label={label} description="Written over several lines; edit it as code." value="" disabled />
      : <TextInput key={key} label={label} description={about} placeholder={placeholder} value={now ?? ""} readOnly={readOnly} onChange={(event) => set(key)(event.currentTarget.value)} />;
  };
  return (
    <Stack gap="md" maw={620}>
      <Select label="Channel" data={Object.entries(CHANNELS).map(([value, label]) => ({ value, label }))} value={channel} readOnly={readOnly} onChange={(to) => set("channel")(to ?? "email")} />
      {channel === "email" && line("subject", "Subject", "What the mailbox shows first.", 'Welcome, {{ customer.first_name | default: "there" }}')}
      {channel === "push" && line("title", "Title", "The first line on the phone.")}
      {channel === "push" && line("link", "Leads to", "What a tap on it opens.", "https://example.com")}
      {channel === "webhook" && line("url", "Address", "Where it is posted. How, and with which headers, is said in the code.", "https://example.com/hook")}
      {channel === "email" && line("preheader", "Preview text", "What mailboxes show behind the subject.")}
      {channel === "email" && (
        <Autocomplete label="From" description={`An address, or one of the workspace's senders.${names.data?.sender ? ` Left out: ${names.data.sender}.` : ""}`} placeholder="The workspace's sender"
          data={names.data?.senders ?? []} value={value("from") ?? ""} readOnly={readOnly} onChange={set("from")} />
      )}
      {channel === "email" && line("reply_to", "Reply to", "Where answers go; left out, to the sender.")}
      <Select label="Topic" description="What its readers may unsubscribe from; without one, they unsubscribe from everything." placeholder="None" clearable clearButtonProps={clears("No topic")}
        data={(names.data?.topics ?? []).map((topic) => ({ value: topic.id, label: topic.name }))} value={value("topic") || null} readOnly={readOnly} onChange={(to) => set("topic")(to ?? "")} />
      {channel === "email" && (
        <Select label="Layout" description="What stands around the message." placeholder="None" clearable clearButtonProps={clears("No layout")} data={layouts} value={value("layout") || null} readOnly={readOnly} onChange={(to) => set("layout")(to ?? "")} />
      )}
      <Switch label="Transactional" description="Somebody asked for it (a receipt, a password), so neither consent nor limits are asked." checked={value("transactional") === "true"} disabled={readOnly}
        onChange={(event) => set("transactional")(event.currentTarget.checked ? "true" : "")} />
      {line("expires", "Goes out at most this late", "Such as 6 hours, or never; left out: 24 hours, and never for transactional messages.", "24 hours")}
      {value("transactional") === "true" && <Alert variant="light" color="yellow">A transactional message reaches people who unsubscribed. Use it only for what somebody asked for.</Alert>}
    </Stack>
  );
}

/** What people read, so that what is known of them may stand in it. */
const READ = new Set(["subject", "title", "preheader", "link", "url"]);

interface Written { label: string; about: string; placeholder: string; value: string; variables: readonly Variable[]; readOnly: boolean; onChange: (value: string) => void }

/** A line with values in it; whoever puts one in goes on with what stands there for whom it is not known. */
function Line({ label, about, placeholder, value, variables, readOnly, onChange }: Written) {
  const field = useRef<HTMLInputElement>(null);
  const insert = (path: string) => {
    const input = field.current!;
    const [from, to] = [input.selectionStart ?? value.length, input.selectionEnd ?? value.length];
    const [opens, ends] = begun(path), at = from + opens.length;
    onChange(value.slice(0, from) + opens + ends + value.slice(to));
    setTimeout(() => { input.focus(); input.setSelectionRange(at, at); });
  };
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput ref={field} flex={1} label={label} description={about} placeholder={placeholder} value={value} readOnly={readOnly} onChange={(event) => onChange(event.currentTarget.value)} />
      {!readOnly && <Select w={160} aria-label={`Insert a value into the ${label.toLowerCase()}`} placeholder="Insert a value…" searchable value={null} data={variables.map((each) => each.path)} onChange={(path) => path && insert(path)} />}
    </Group>
  );
}
