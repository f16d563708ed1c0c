/** One field of a step, trigger or journey, drawn from its form: what is asked decides how it is asked for. */
import { ActionIcon, Autocomplete, Button, Checkbox, Group, NumberInput, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "../api/client";
import { capital, quoted } from "../api/quoted";
import { RuleBuilder } from "../rules/RuleBuilder";
import { withField, type Field } from "./document";
import { choosing, chosenOf, isOpen } from "./choices";
import { first } from "./edit";
import styles from "./Edit.module.css";
import { MessageField } from "./MessageField";
import { Between, Duration, Offset, Rate, Schedules, Times, Zone } from "./Times";

export type Names = Schemas["JourneyNames"];

export interface About {
  names: Names;
  /** The journey's steps, to choose from. */
  steps: { value: string; label: string }[];
  /** The event that starts the journey, if one does. */
  event?: { kind: string; name: string };
  /** What is wrong with the field, by its key; with `whole`, only what is not wrong with a part of it. */
  fault: (key: string, whole?: boolean) => string | undefined;
  /** What is wrong with a part of it; of a field with several ways, within which, counted from 1. `""` is the way itself. */
  inner: (key: string, part: string, way?: number) => string | undefined;
  /** Whether what is asked is asked of a run: `since entry` means something. */
  running: boolean;
}

interface Props {
  field: Field;
  value: unknown;
  /** `undefined` takes the field out. */
  onChange: (value: unknown) => void;
  about: About;
}

export function FieldInput(props: Props) {
  const { field, about } = props;
  const error = about.fault(field.key, field.ask === "fields");
  const words = { label: field.title, description: quoted(field.about ?? "") || undefined, error, withAsterisk: field.required };
  return <Asked {...props} words={words} />;
}

export interface Words { label: string; description?: string; error?: string; withAsterisk?: boolean }

function Asked({ field, value, onChange, about, words }: Props & { words: Words }) {
  const text = value === undefined || value === null ? "" : String(value);
  const told = (typed: string) => onChange(typed === "" && !field.required ? undefined : typed);
  const { names } = about;
  switch (field.ask) {
    case "rule": case "where":
      return <RuleField field={field} value={text} onChange={told} about={about} words={words} />;
    case "fields":
      return field.many ? null : <Inner field={field} value={value} onChange={onChange} about={about} words={words} />;
    case "steps":
      return null;
    case "duration":
      return <Duration value={text} onChange={told} words={words} />;
    case "number":
      return <NumberInput {...words} value={typeof value === "number" ? value : text} onChange={(typed) => onChange(typed === "" ? undefined : typed)} />;
    case "truth":
      return <Switch label={words.label} description={words.description} error={words.error} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked ? true : undefined)} />;
    case "choice":
      return <Choice field={field} value={value} onChange={onChange} words={words} />;
    case "clock":
      return field.many ? <Between value={value} onChange={onChange} words={words} /> : <TextInput type="time" {...words} value={text} onChange={(event) => told(event.currentTarget.value)} />;
    case "date":
      return <TextInput type="date" {...words} value={text} onChange={(event) => told(event.currentTarget.value)} />;
    case "offset":
      return <Offset value={text} onChange={told} words={words} />;
    case "rate":
      return <Rate value={text} onChange={told} words={words} />;
    case "times":
      return <Times value={text} onChange={told} words={words} />;
    case "schedule":
      return <Schedules value={text} onChange={onChange} words={words} />;
    case "zone":
      return <Zone value={text} onChange={told} words={{ ...words, description: undefined }} />;
    case "template":
      return (
        <MessageField value={text} onChange={told}>
          <Named {...words} value={text} onChange={told} nothing="No message yet: write the first." data={names.templates.map((each) => ({ value: each.name, label: each.subject ? `${each.name}: ${each.subject}` : each.name }))} />
        </MessageField>
      );
    case "segment":
      return field.example && String(field.example).includes(" ") ? <EnteredOrLeft value={text} onChange={told} words={words} names={names} />
        : <Named {...words} value={text} onChange={told} nothing="There is no segment kept by hand yet." data={names.segments.filter((each) => each.manual).map(labelled)} />;
    case "journey":
      return <Named {...words} value={text} onChange={told} nothing="There is no other journey yet." data={names.journeys.map(labelled)} />;
    case "topic":
      return <Named {...words} value={text} onChange={told} nothing="There is no topic yet." data={[...names.topics.map(labelled), { value: "all", label: "All messages" }]} />;
    case "action":
      return <Named {...words} value={text} onChange={told} nothing="There is no function yet." data={names.actions.map((each) => ({ value: each, label: each }))} />;
    case "step":
      return <Named {...words} value={text} onChange={told} nothing="There is no other step." data={about.steps} />;
    case "event":
      return <Autocomplete {...words} placeholder={example(field)} value={text} onChange={told} limit={12} data={[...new Set(names.events.map((each) => each.name))]} />;
    case "attribute":
      return <Autocomplete {...words} placeholder={example(field)} value={text} onChange={told} limit={12} data={[...new Set(names.attributes.map((each) => each.name))]} />;
    case "values":
      return <Values field={field} value={value} onChange={onChange} words={words} />;
    case "lines": case "liquid":
      return <Textarea autosize minRows={2} maxRows={10} {...words} value={text} onChange={(event) => told(event.currentTarget.value)} />;
    default:
      if (field.many) return <TagsInput {...words} value={Array.isArray(value) ? value.map(String) : text ? [text] : []} onChange={(typed) => onChange(typed.length ? typed : undefined)} />;
      return <TextInput {...words} placeholder={example(field)} value={value === true ? "" : text} onChange={(event) => {
        const typed = event.currentTarget.value;
        onChange(typed === "" && field.also?.includes(true) ? (field.required ? true : undefined) : typed === "" ? (field.required ? "" : undefined) : plain(typed, field));
      }} />;
  }
}

const labelled = (each: { name: string; title: string }) => ({ value: each.name, label: each.title });
const example = (field: Field) => (typeof field.example === "string" ? field.example : undefined);

/** A field that may hold numbers and truths too reads them as such, as the file would. */
function plain(typed: string, field: Field): unknown {
  const loose = field.also?.some((other) => other !== null && typeof other === "object");
  if (!loose) return typed;
  if (typed === "true" || typed === "false") return typed === "true";
  return /^-?\d+(\.\d+)?$/.test(typed) ? Number(typed) : typed;
}

const EMPTY: Record<string, string> = { when: "No conditions yet: say who takes this way.", wait_until: "No conditions yet: say what they wait for." };

function RuleField({ field, value, onChange, about, words }: { field: Field; value: string; onChange: (typed: string) => void; about: About; words: Words }) {
  const [open, setOpen] = useState(value !== "" || field.required === true);
  const where = field.ask === "where";
  return (
    <div role="group" aria-label={field.title}>
      <Text size="sm" fw={500}>{field.title}</Text>
      {words.description && <Text size="xs" c="dimmed">{words.description}</Text>}
      {open ? (
        <div className={styles.rule}>
          <RuleBuilder value={value} onChange={(typed) => { if (typed !== value) onChange(typed); }} label={field.title} where={where} event={about.event} inJourney={about.running} empty={EMPTY[field.key] ?? (field.required ? undefined : "Nothing is asked: it holds for everybody.")} folded />
        </div>
      ) : <Button mt={4} size="compact-sm" variant="default" leftSection={<IconPlus size={13} />} onClick={() => setOpen(true)}>Add a condition</Button>}
      {words.error && <Text size="xs" c="var(--mantine-color-error)" role="alert" mt={4}>{words.error}</Text>}
    </div>
  );
}

function Named({ data, nothing, value, onChange, ...words }: Words & { data: { value: string; label: string }[]; nothing: string; value: string; onChange: (value: string) => void }) {
  const known = data.some((each) => each.value === value) || !value ? data : [...data, { value, label: value }];
  return <Select {...words} searchable clearable={!words.withAsterisk} placeholder={data.length ? "Choose one" : nothing} nothingFoundMessage={nothing} value={value || null} data={known} onChange={(chosen) => onChange(chosen ?? "")} comboboxProps={{ withinPortal: true }} />;
}

function EnteredOrLeft({ value, onChange, words, names }: { value: string; onChange: (value: string) => void; words: Words; names: Names }) {
  const [, way = "entered", name = ""] = /^(entered|left)?\s*(.*)$/.exec(value) ?? [];
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <Select w={120} label="When somebody" value={way || "entered"} data={[{ value: "entered", label: "enters" }, { value: "left", label: "leaves" }]} onChange={(chosen) => onChange(`${chosen ?? "entered"} ${name}`)} />
      <div style={{ flex: 1 }}><Named label={words.label} error={words.error} withAsterisk={words.withAsterisk} value={name} nothing="There is no segment yet." data={names.segments.map(labelled)} onChange={(chosen) => onChange(`${way || "entered"} ${chosen}`)} /></div>
    </Group>
  );
}

function Choice({ field, value, onChange, words }: Pick<Props, "field" | "value" | "onChange"> & { words: Words }) {
  const choices = field.choices ?? [];
  if (!field.many) return <Select {...words} clearable={!field.required} placeholder={field.usual || "As usual"} value={typeof value === "string" ? value : null} data={choices.map((each, n) => ({ value: each, label: field.says?.[n] ?? each }))} onChange={(chosen) => onChange(chosen ?? undefined)} />;
  const also = (field.also ?? []).filter((other): other is string => typeof other === "string");
  const chosen = Array.isArray(value) ? value.map(String) : null;
  return (
    <Stack gap={6}>
      <Select label={words.label} description={words.description} error={words.error} clearable placeholder="Any day" value={chosen ? "these" : typeof value === "string" ? value : null}
        data={[...also.map((each) => ({ value: each, label: capital(each) })), { value: "these", label: "Only these days" }]}
        onChange={(picked) => onChange(picked === "these" ? choices.slice(0, 1) : (picked ?? undefined))} />
      {chosen && <Checkbox.Group aria-label={words.label} value={chosen} onChange={(picked) => onChange(choices.filter((each) => picked.includes(each)))}><Group gap="xs">{choices.map((each) => <Checkbox key={each} size="xs" value={each} label={capital(each.slice(0, 3))} />)}</Group></Checkbox.Group>}
    </Stack>
  );
}

function Inner({ field, value, onChange, about, words }: Props & { words: Words }) {
  const on = value !== undefined && value !== null;
  const own = (on && typeof value === "object" ? value : {}) as Record<string, unknown>;
  const chosen = chosenOf(field, own);
  const shown = (inner: Field) => isOpen(field, inner, chosen) && (inner.key in own || inner.key === chosen || !inner.of || inner.of.some((key) => key in own));
  const fields = field.fields ?? [];
  const inside = { ...about, fault: (part: string) => about.inner(field.key, part), inner: () => undefined };
  const error = words.error ?? fields.filter((inner) => !shown(inner)).map((inner) => about.inner(field.key, inner.key)).find(Boolean);
  return (
    <fieldset className={styles.inner}>
      <legend className={styles.legend}>{field.required ? field.title : <Switch size="xs" label={field.title} checked={on} onChange={(event) => onChange(event.currentTarget.checked ? first(field) : undefined)} />}</legend>
      {words.description && <Text size="xs" c="dimmed">{words.description}</Text>}
      {(on || field.required) && (
        <Stack gap="sm" mt={6}>
          {field.choose && <Select aria-label={field.title} data={field.choose.map(([value, label]) => ({ value, label }))} value={chosen ?? null} allowDeselect={false} onChange={(next) => next && onChange(choosing(field, own, next))} />}
          {fields.filter(shown).map((inner) => (
            <FieldInput key={inner.key} field={inner.key === chosen ? { ...inner, required: true } : inner} value={own[inner.key]} about={inside} onChange={(next) => onChange(withField(own, inner.key, next))} />
          ))}
        </Stack>
      )}
      {error && <Text size="xs" c="var(--mantine-color-error)" role="alert" mt={4}>{error}</Text>}
    </fieldset>
  );
}

function Values({ field, value, onChange, words }: { field: Field; value: unknown; onChange: (value: unknown) => void; words: Words }) {
  const own = (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {}) as Record<string, unknown>;
  const rows = Object.entries(own);
  const told = (next: [string, unknown][]) => onChange(next.length || field.required ? Object.fromEntries(next) : undefined);
  return (
    <fieldset className={styles.inner}>
      <legend className={styles.legend}>{field.title}</legend>
      {words.description && <Text size="xs" c="dimmed">{words.description}</Text>}
      {rows.map(([name, set], n) => (
        <Group key={n} gap={6} wrap="nowrap" mt={6} align="center">
          <TextInput size="xs" flex={1} aria-label={`${field.title}: name ${n + 1}`} placeholder="name" value={name} onChange={(event) => { const next = event.currentTarget.value; if (!rows.some(([other], m) => m !== n && other === next)) told(rows.map((row, m) => (m === n ? [next, set] : row))); }} />
          <TextInput size="xs" flex={1} aria-label={`${field.title}: value ${n + 1}`} placeholder="value" value={shown(set)} onChange={(event) => told(rows.map((row, m) => (m === n ? [name, meant(event.currentTarget.value)] : row)))} />
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${name || "value"}`} onClick={() => told(rows.filter((_, m) => m !== n))}><IconX size={13} /></ActionIcon>
        </Group>
      ))}
      <Button mt={6} size="compact-xs" variant="default" leftSection={<IconPlus size={12} />} disabled={"" in own} onClick={() => told([...rows, ["", ""]])}>Add a value</Button>
      {words.error && <Text size="xs" c="var(--mantine-color-error)" role="alert" mt={4}>{words.error}</Text>}
    </fieldset>
  );
}

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Numbers, truths, null and what is written as JSON are what they look like; anything else is text. */
function meant(typed: string): unknown {
  if (/^(true|false|null|-?\d+(\.\d+)?)$/.test(typed) || /^[[{]/.test(typed)) {
    try { return JSON.parse(typed); } catch { return typed; }
  }
  return typed;
}
