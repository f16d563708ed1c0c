/** Times as they are asked for: how long, how far off something, how many in a time, how often, from when until when, on whose clock. */
import { Checkbox, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { capital } from "../api/quoted";
import { useState } from "react";
import { readDuration, sayDuration, UNITS } from "./durations";
import type { Words } from "./FieldInput";
import { DAYS, readSchedule, saySchedule, type Schedule, type Way } from "./schedule";

interface Asked { value: string; onChange: (value: string) => void; words: Words }

export function Duration({ value, onChange, words }: Asked) {
  const read = readDuration(value);
  if (!read && value) return <TextInput {...words} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  const [count, unit] = read ?? ["", "days"];
  return (
    <NumberInput {...words} min={1} allowDecimal={false} allowNegative={false} value={count} onChange={(typed) => onChange(typed === "" ? "" : sayDuration(Number(typed), unit))}
      inputContainer={(input) => (
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <div style={{ flex: 1 }}>{input}</div>
          <Select w={120} aria-label={`${words.label}: unit`} value={unit} data={UNITS} onChange={(chosen) => chosen && onChange(count === "" ? "" : sayDuration(Number(count), chosen))} />
        </Group>
      )}
    />
  );
}

/** `3 days before`; empty is the very moment. */
export function Offset({ value, onChange, words }: Asked) {
  const [, long = "", side = ""] = /^(.*) (before|after)$/.exec(value.trim()) ?? [];
  const read = readDuration(long);
  if (!read && value) return <TextInput {...words} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  const [count, unit] = read ?? [3, "days"];
  const say = (next: number, of: string, to: string) => onChange(to ? `${sayDuration(next, of)} ${to}` : "");
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <Select {...words} description={undefined} flex={1} allowDeselect={false} value={side} data={[{ value: "", label: "On it" }, { value: "before", label: "Before it" }, { value: "after", label: "After it" }]} onChange={(chosen) => say(count, unit, chosen ?? "")} />
      {side && <NumberInput w={72} aria-label={`${words.label}: how many`} min={1} allowDecimal={false} allowNegative={false} value={count} onChange={(typed) => typed !== "" && say(Number(typed), unit, side)} />}
      {side && <Select w={100} aria-label={`${words.label}: unit`} allowDeselect={false} value={unit} data={UNITS} onChange={(chosen) => chosen && say(count, chosen, side)} />}
    </Group>
  );
}

const PER = ["second", "minute", "hour", "day"];

/** `100 per hour`; empty is any number. */
export function Rate({ value, onChange, words }: Asked) {
  const [, count = "", unit = "hour"] = /^(\d+) per (second|minute|hour|day)$/.exec(value.trim()) ?? [];
  if (!count && value) return <TextInput {...words} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <NumberInput {...words} flex={1} placeholder="Any number" min={1} allowDecimal={false} allowNegative={false} value={count === "" ? "" : Number(count)} onChange={(typed) => onChange(typed === "" ? "" : `${typed} per ${unit}`)} />
      <Select w={120} aria-label={`${words.label}: in which time`} disabled={!count} allowDeselect={false} value={unit} data={PER.map((each) => ({ value: each, label: `${each === "hour" ? "an" : "a"} ${each}` }))} onChange={(chosen) => chosen && onChange(`${count} per ${chosen}`)} />
    </Group>
  );
}

const OFTEN: Record<string, number> = { once: 1, twice: 2 };

/** `5 times`; empty is without end. */
export function Times({ value, onChange, words }: Asked) {
  const count = OFTEN[value] ?? Number(/^(\d+) times?$/.exec(value)?.[1] ?? 0);
  if (!count && value) return <TextInput {...words} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  return <NumberInput {...words} placeholder="As often as they come" suffix={count === 1 ? " time" : " times"} min={1} allowDecimal={false} allowNegative={false} value={count || ""} onChange={(typed) => onChange(typed === "" || !Number(typed) ? "" : Number(typed) === 1 ? "once" : `${typed} times`)} />;
}

export function Between({ value, onChange, words }: { value: unknown; onChange: (value: unknown) => void; words: Words }) {
  const [from, to] = Array.isArray(value) ? [String(value[0] ?? ""), String(value[1] ?? "")] : ["", ""];
  const told = (one: string, other: string) => onChange(one || other ? [one, other] : undefined);
  return (
    <Group gap="xs" align="flex-end" grow>
      <TextInput type="time" label="From" error={words.error} value={from} onChange={(event) => told(event.currentTarget.value, to || "17:00")} />
      <TextInput type="time" label="Until" value={to === "24:00" ? "00:00" : to} onChange={(event) => told(from || "09:00", event.currentTarget.value)} />
    </Group>
  );
}

const WAYS: { value: Way; label: string }[] = [
  { value: "day", label: "Every day" }, { value: "weekday", label: "Monday to Friday" }, { value: "week", label: "Every week" }, { value: "month", label: "Every month" },
  { value: "once", label: "Once, on a date" }, { value: "words", label: "Otherwise, in words" },
];
const ON_DAYS = [...Array.from({ length: 31 }, (_, n) => ({ value: String(n + 1), label: `On day ${n + 1}` })), { value: "last", label: "On the last day" }];

/** When a schedule comes: picked, or in words where it is less usual. */
export function Schedules({ value, onChange, words }: Asked) {
  const [worded, setWorded] = useState(false);
  const read = readSchedule(value);
  const way: Way = worded ? "words" : read.way;
  const put = (more: Partial<Schedule>) => onChange(saySchedule({ ...read, ...more }));
  const choose = (next: string | null) => { setWorded(next === "words"); if (next && next !== "words") put({ way: next as Way, date: "" }); };
  return (
    <Stack gap={6}>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select {...words} description={undefined} error={way === "words" ? undefined : words.error} flex={1} allowDeselect={false} data={WAYS} value={way} onChange={choose} />
        {way !== "words" && <TextInput type="time" aria-label={`${words.label}: time of day`} value={read.time} onChange={(event) => event.currentTarget.value && put({ time: event.currentTarget.value })} />}
      </Group>
      {way === "week" && <Checkbox.Group aria-label={`${words.label}: days`} value={read.days} onChange={(picked) => picked.length && put({ days: DAYS.filter((day) => picked.includes(day)) })}><Group gap="xs">{DAYS.map((day) => <Checkbox key={day} size="xs" value={day} label={capital(day.slice(0, 3))} />)}</Group></Checkbox.Group>}
      {way === "month" && <Select aria-label={`${words.label}: day of the month`} allowDeselect={false} data={ON_DAYS} value={String(read.dom)} onChange={(day) => day && put({ dom: day === "last" ? "last" : Number(day) })} />}
      {way === "once" && <TextInput type="date" aria-label={`${words.label}: date`} value={read.date} onChange={(event) => put({ date: event.currentTarget.value })} />}
      {way === "words" && <TextInput aria-label={`${words.label}: in words`} description={words.description} error={words.error} value={value} onChange={(event) => onChange(event.currentTarget.value)} />}
    </Stack>
  );
}

/** Whose clock: each person's, the workspace's, or that of a place. */
export function Zone({ value, onChange, words }: Asked) {
  const data = [{ group: "Of people", items: [{ value: "person", label: "Each person’s own" }, { value: "workspace", label: "The workspace’s" }] }, { group: "Of a place", items: Intl.supportedValuesOf("timeZone").concat("UTC") }];
  return <Select {...words} searchable clearable limit={60} placeholder="The workspace’s" nothingFoundMessage="No place is called that" value={value || null} data={data} onChange={(chosen) => onChange(chosen ?? "")} />;
}
