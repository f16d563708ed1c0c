/** The panel of a step, or of the trigger and the journey, while it is edited: its form, drawn field by field. */
import { Button, Divider, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { quoted } from "../api/quoted";
import { every, kindOf, triggerOf, withField, type Field, type Forms, type Journey, type Step } from "./document";
import { Arms } from "./Arms";
import { startingBy } from "./choices";
import { first } from "./edit";
import styles from "./Edit.module.css";
import { FieldInput, type About, type Names } from "./FieldInput";
import { oneLine, stepWords } from "./steps";
import type { Flaw } from "./useCheck";

interface Props {
  journey: Journey;
  forms: Forms;
  names: Names;
  problems: Flaw[];
}

function aboutOf({ journey, names, problems, forms }: Props, step: string, running: boolean): About {
  const event = typeof journey.trigger.event === "string" ? { kind: String(journey.trigger.kind ?? "track"), name: journey.trigger.event } : undefined;
  const words = stepWords(journey, forms);
  return {
    names,
    event,
    running,
    steps: every(journey, forms).filter((each) => each.step.id !== step).map(({ step: { id } }) => ({ value: id, label: oneLine(words.get(id)!) })),
    fault: (key, whole) => says(problems.find((each) => each.step === step && each.field === key && !each.warning && !(whole && (each.way || each.part)))),
    inner: (key, part, way = 0) => says(problems.find((each) => each.step === step && each.field === key && each.way === way && each.part === part && !each.warning)),
  };
}

const says = (flaw: Flaw | undefined) => flaw && flaw.message + (flaw.hint ? `; ${flaw.hint}` : "");

export function StepForm(props: Props & { step: Step; onChange: (step: Step, mark: string) => void }) {
  const { step, forms, onChange } = props;
  const kind = kindOf(step, forms);
  const form = forms.steps[kind];
  const about = aboutOf(props, step.id, true);
  const put = (key: string) => (value: unknown) => onChange(withField(step, key, value), `${step.id}.${key}`);
  const common = forms.common.filter((field) => field.key !== "id");
  return (
    <div className={styles.form}>
      {(form?.fields ?? []).map((field) => <One key={field.key} field={field} value={step[field.key]} onChange={put(field.key)} about={about} />)}
      <Divider />
      {common.map((field) => <FieldInput key={field.key} field={field} value={step[field.key]} onChange={put(field.key)} about={about} />)}
    </div>
  );
}

function One({ field, value, onChange, about }: { field: Field; value: unknown; onChange: (value: unknown) => void; about: About }) {
  const fault = about.fault(field.key, true);
  const note = fault ? <Text size="xs" c="var(--mantine-color-error)" role="alert">{fault}</Text> : null;
  if (field.ask === "fields" && field.many) {
    const asked = (field.fields ?? []).filter((own) => own.ask !== "steps");
    return <div><Arms field={field} asked={asked} items={Array.isArray(value) ? (value as Record<string, unknown>[]) : []} onChange={onChange} about={about} />{note}</div>;
  }
  const several = field.ask === "rule" && field.also?.some((other) => other !== null && typeof other === "object" && (other as { sort?: string }).sort === "list");
  if (!several) return <FieldInput field={field} value={value} onChange={onChange} about={about} />;
  const listed = Array.isArray(value);
  const asked: Field[] = [{ ...field, key: "when", title: "Until", about: "", also: undefined }, { key: "at_most", ask: "duration", title: "At most" }];
  return (
    <div className={styles.form}>
      <SegmentedControl size="xs" aria-label="Waits for" value={listed ? "several" : "one"} data={[{ value: "one", label: "One thing" }, { value: "several", label: "The first of several" }]}
        onChange={(way) => onChange(way === "one" ? String((listed && (value[0] as { when?: string } | undefined)?.when) || "") : [{ when: String(value ?? ""), steps: [] }, { when: "", steps: [] }])} />
      {listed ? <div><Arms field={{ ...field, about: "Whichever happens first.", fields: [] }} asked={asked} items={value as Record<string, unknown>[]} onChange={onChange} about={about} />{note}</div>
        : <FieldInput field={{ ...field, about: "They go on as soon as it is so; where it is so already, at once." }} value={value} onChange={onChange} about={about} />}
    </div>
  );
}

/** What starts the journey, who is let in, and what takes people out. */
export function JourneyForm(props: Props & { onChange: (journey: Journey, mark: string) => void }) {
  const { journey, forms, names, onChange } = props;
  const kind = triggerOf(journey, forms);
  const form = forms.triggers[kind];
  const about = aboutOf(props, "", true);
  const trigger = { ...about, fault: (key: string) => about.fault(key) ?? about.inner("trigger", key) ?? (key === kind ? about.fault("trigger", true) : undefined) };
  const put = (key: string) => (value: unknown) => onChange(withField(journey, key, value), `journey.${key}`);
  const choose = (next: string | null) => next && next !== kind && onChange({ ...journey, trigger: Object.fromEntries((forms.triggers[next]?.fields ?? []).filter((own) => own.required).map((own) => [own.key, first(own)])) }, "");
  const fields = (forms.journey.fields ?? []).filter((field) => !["journey", "trigger", "steps"].includes(field.key));
  return (
    <div className={styles.form}>
      <Select label="Starts when" value={kind || null} data={Object.entries(forms.triggers).map(([key, own]) => ({ value: key, label: own.title }))} onChange={choose} />
      {form && <Text size="xs" c="dimmed" mt={-8}>{quoted(form.about ?? "")}</Text>}
      {(form?.fields ?? []).filter((field) => field.ask !== "truth" || field.key !== kind).map((field) => (
        <FieldInput key={`${kind}.${field.key}`} field={field} value={journey.trigger[field.key]} about={{ ...trigger, running: false }}
          onChange={(value) => onChange({ ...journey, trigger: field.key === "event" ? startingBy(journey.trigger, value, names.events) : withField(journey.trigger, field.key, value) }, `trigger.${field.key}`)} />
      ))}
      {about.fault("trigger") && !form && <Text size="xs" c="var(--mantine-color-error)" role="alert">{about.fault("trigger")}</Text>}
      <Divider />
      {fields.map((field) => field.key === "reenter"
        ? <Again key={field.key} value={String(journey.reenter ?? "never")} error={about.fault("reenter")} onChange={(value) => put("reenter")(value === "never" ? undefined : value)} />
        : <FieldInput key={field.key} field={field} value={journey[field.key]} onChange={put(field.key)} about={{ ...about, running: field.key !== "audience" }} />)}
    </div>
  );
}

function Again({ value, onChange, error }: { value: string; onChange: (value: string) => void; error?: string }) {
  const after = value.startsWith("after ");
  return (
    <div className={styles.form}>
      <Select label="May come again" error={error} value={after ? "after" : value} data={[{ value: "never", label: "Never: once in a lifetime" }, { value: "always", label: "Always, each time it starts" }, { value: "after", label: "After a while" }]}
        onChange={(chosen) => chosen && onChange(chosen === "after" ? "after 30 days" : chosen)} />
      {after && <FieldInput field={{ key: "reenter", ask: "duration", title: "How long after they left" }} value={value.slice(6)} onChange={(next) => onChange(`after ${String(next ?? "30 days")}`)} about={{ names: NONE, steps: [], fault: () => undefined, inner: () => undefined, running: false }} />}
    </div>
  );
}

const NONE: Names = { templates: [], segments: [], journeys: [], topics: [], actions: [], events: [], attributes: [], members: [] };

export function StepActions({ onAdd, onCopy, onUp, onDown, onRemove }: { onAdd: () => void; onCopy: () => void; onUp: () => void; onDown: () => void; onRemove: () => void }) {
  return (
    <Group gap={6} mt="md">
      <Button size="xs" variant="default" onClick={onAdd}>Add a step after</Button>
      <Button size="xs" variant="default" onClick={onCopy}>Copy</Button>
      <Button size="xs" variant="default" onClick={onUp}>Move up</Button>
      <Button size="xs" variant="default" onClick={onDown}>Move down</Button>
      <Button size="xs" variant="default" c="var(--mantine-color-error)" onClick={onRemove}>Delete</Button>
    </Group>
  );
}
