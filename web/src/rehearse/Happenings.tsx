/** What happens to whoever rehearses, and when: one by one. */
import { ActionIcon, Autocomplete, Button, Group, Paper, Select, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { names } from "../api/names";
import { workspace as place } from "../app/routes";
import { values } from "./words";

export interface Happening { kind: string; name: string; at: string; with: string }

const KINDS = [
  { value: "event", label: "does" }, { value: "set", label: "changes to" }, { value: "opened", label: "opens message" },
  { value: "clicked", label: "clicks in message" }, { value: "page", label: "views page" }, { value: "unsubscribed", label: "unsubscribes" },
];

const LABELS: Record<string, string> = { event: "Event", set: "Attributes, as name: value, name: value", opened: "Message", clicked: "Message", page: "Page" };

export function Happenings({ shown, onChange }: { shown: Happening[]; onChange: (shown: Happening[]) => void }) {
  const { workspace } = place.useParams();
  const known = useQuery(names(workspace)).data;
  const choices = (kind: string) => [...new Set(
    kind === "opened" || kind === "clicked" ? known?.templates.map((each) => each.name)
      : kind === "set" ? [] : known?.events.filter((each) => (each.kind === "page") === (kind === "page")).map((each) => each.name),
  )];
  const change = (n: number, more: Partial<Happening>) => onChange(shown.map((each, m) => (m === n ? { ...each, ...more } : each)));
  return (
    <>
      {shown.map((each, n) => (
        <Paper key={n} withBorder radius="md" p="sm" component="fieldset" aria-label={`Happening ${n + 1}`}>
          <Group gap="xs" wrap="nowrap" align="flex-end">
            <TextInput label="After" value={each.at} w={110} onChange={(event) => change(n, { at: event.currentTarget.value })} />
            <Select label="The person" data={KINDS} value={each.kind} allowDeselect={false} onChange={(kind) => kind && change(n, { kind })} flex={1} />
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Take out happening ${n + 1}`} onClick={() => onChange(shown.filter((_, m) => m !== n))}><IconX size={16} /></ActionIcon>
          </Group>
          {each.kind !== "unsubscribed" && <Autocomplete mt="xs" label={LABELS[each.kind]} data={choices(each.kind)} limit={20} value={each.name} onChange={(name) => change(n, { name })} />}
          {(each.kind === "event" || each.kind === "page") && <TextInput mt="xs" label="With" placeholder="plan: trial, seats: 5" value={each.with} onChange={(event) => change(n, { with: event.currentTarget.value })} />}
        </Paper>
      ))}
      <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => onChange([...shown, { kind: "event", name: "", at: "1 day", with: "" }])}>Add what happens</Button>
    </>
  );
}

/** As the server takes them; what has no name yet is left out. */
export function entries(shown: Happening[]): Record<string, unknown>[] {
  return shown.filter((each) => each.name || each.kind === "unsubscribed").map(entry);
}

function entry(each: Happening): Record<string, unknown> {
  const value = each.kind === "set" ? values(each.name) : each.kind === "unsubscribed" ? true : each.name;
  return { at: each.at, [each.kind]: value, ...(each.with && { with: values(each.with) }) };
}
