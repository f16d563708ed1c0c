/** Hours in which nothing is sent, and the share of people who get no marketing at all, by which it is seen what messages change. */
import { Button, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { without, type Document, type Hours, type useSettings } from "./useSettings";
import { Card } from "../ui/Card";

interface Part { document: Document; save: ReturnType<typeof useSettings>["save"]; edits: boolean; known: Record<string, string> }

const DAYS = [{ value: "every day", label: "Every day" }, { value: "weekdays", label: "Weekdays" }, { value: "weekends", label: "Weekends" }];

export function Quiet({ document, save, edits, known }: Part) {
  const quiet = document.quiet ?? {};
  const free = Object.keys(known).filter((name) => !(name in quiet));
  const [what, setWhat] = useState("");
  const [from, setFrom] = useState("21:00");
  const [to, setTo] = useState("08:00");
  const [days, setDays] = useState("every day");
  const [zone, setZone] = useState("person");
  const chosen = free.includes(what) ? what : free[0];
  const made: Hours = { between: [from, to], ...(days !== "every day" && { days }), ...(zone !== "workspace" && { zone }) };
  const end = (name: string) => { const left = without(quiet, name); save.mutate({ change: { quiet: Object.keys(left).length ? left : undefined }, says: "These quiet hours are over." }); };
  return (
    <Card title="Quiet hours" about="Nothing of this goes out in these hours: whoever comes to a message waits at its step until they are over, and gets nothing if they have left by then. Transactional messages go out at any hour.">
      <Stack gap="sm">
        {Object.entries(quiet).map(([name, each]) => (
          <Group key={name} gap="sm"><Text size="sm" miw={240}><b>{known[name] ?? name}</b></Text><Text size="sm">{said(each)}</Text>
            {edits && <Button size="compact-xs" variant="subtle" color="red" aria-label={`Remove the quiet hours of ${known[name] ?? name}`} onClick={() => end(name)}>Remove</Button>}</Group>
        ))}
        {Object.keys(quiet).length === 0 && <Text size="sm" c="dimmed">None: messages go out at any hour, unless a step says otherwise.</Text>}
        {edits && chosen && (
          <form onSubmit={(event) => { event.preventDefault(); save.mutate({ change: { quiet: { ...quiet, [chosen]: made } }, says: "It is quiet in these hours." }); }}>
            <Group align="flex-end" gap="xs">
              <Select label="Quiet for" w={300} data={free.map((name) => ({ value: name, label: known[name]! }))} value={chosen} onChange={(value) => setWhat(value ?? "")} />
              <TextInput type="time" required withAsterisk={false} label="From" w={132} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
              <TextInput type="time" required withAsterisk={false} label="Until" w={132} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
              <Select label="On" w={130} data={DAYS} value={days} onChange={(value) => setDays(value ?? "every day")} />
              <Select label="Whose clock" w={150} data={[{ value: "person", label: "Each person's" }, { value: "workspace", label: "The workspace's" }]} value={zone} onChange={(value) => setZone(value ?? "person")} />
              <Button type="submit" variant="default" loading={save.isPending}>Add</Button>
            </Group>
          </form>
        )}
      </Stack>
    </Card>
  );
}

function said(hours: Hours): string {
  const days = hours.days === undefined ? "every day" : Array.isArray(hours.days) ? hours.days.join(", ") : hours.days;
  const zone = hours.zone ?? "workspace";
  return `from ${hours.between[0]} until ${hours.between[1]}, ${days}, by ${zone === "person" ? "each person's clock" : zone === "workspace" ? "the workspace's clock" : `the clock of ${zone}`}`;
}

export function ControlGroup({ document, save, edits }: Omit<Part, "known">) {
  const before = document.control_group ? parseFloat(document.control_group) : 0;
  const [share, setShare] = useState<number | string>(before);
  const keep = () => save.mutate({ change: { control_group: Number(share) ? `${Number(share)}%` : undefined }, says: Number(share) ? `${Number(share)} % of people get no marketing.` : "Everybody gets marketing." });
  return (
    <Card title="Control group" about="So many people never get marketing, whatever journeys say; drawn once, by chance. What both sides did is held against each other in each journey’s numbers: the only way to see what your messages change.">
      <form onSubmit={(event) => { event.preventDefault(); keep(); }}>
        <Group align="flex-end">
          <NumberInput label="Share of people" suffix=" %" w={160} min={0} max={50} decimalScale={1} value={share} disabled={!edits} onChange={setShare} />
          {edits && <Button type="submit" variant="default" loading={save.isPending} disabled={Number(share) === before}>Save</Button>}
        </Group>
        {before === 0 && <Text size="xs" c="dimmed" mt={8}>5 % is usual. With fewer than a few thousand people it takes long until a difference can be told.</Text>}
      </form>
    </Card>
  );
}
