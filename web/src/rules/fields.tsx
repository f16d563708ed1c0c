/** The fields of a clause: names with what was seen of them, values with examples, durations, times, counts and windows. */
import { Autocomplete, NumberInput, Select, TagsInput, TextInput } from "@mantine/core";
import type { Bound, Clause, Moment, Value, Window } from "./sketch";
import { counted, dateField, fromFields, lasting, readings, shownValue, UNITS, valueOf } from "./values";
import { names, useSpeaks, type Name } from "./words";
import styles from "./Builder.module.css";

/** A name with suggestions; whatever else is typed is taken too, as it may be seen later. */
export function NameField({ label, placeholder, value, known, onChange, width = 240, spot }: { label: string; placeholder: string; value: string; known: { name: string; about: string }[]; onChange: (name: string) => void; width?: number; spot?: boolean }) {
  const { readOnly } = useSpeaks();
  const about = new Map(known.map((each) => [each.name, each.about]));
  return (
    <Autocomplete aria-label={label} placeholder={placeholder} size="xs" flex="1 1 130px" maw={width} value={value} data={[...about.keys()]} limit={40} maxDropdownHeight={280} readOnly={readOnly}
      comboboxProps={{ width: 300, position: "bottom-start" }} spellCheck={false} {...(spot && { "data-first": true })}
      renderOption={({ option }) => <span className={styles.option}><span>{option.value}</span><span>{about.get(option.value)}</span></span>}
      onChange={onChange} />
  );
}

export const seen = (name: Name): string => [name.types.filter((type) => type !== "null").join(" or "), name.examples.length ? `such as ${name.examples.slice(0, 3).join(", ")}` : ""].filter(Boolean).join(", ");

export function useName(path: string): Name | undefined {
  const speaks = useSpeaks();
  return names(speaks).find((each) => each.name === path);
}

/** One value: a text, or a number or a truth where it reads as one; where it may be either, one says which. */
export function ValueField({ value, of, onChange }: { value: Value; of: Name | undefined; onChange: (value: Value) => void }) {
  const { readOnly } = useSpeaks();
  const typed = shownValue(value);
  const meant = readings(typed);
  const sure = of?.types.length === 1 && of.types[0] === (typeof value === "string" ? "text" : typeof value === "number" ? "number" : "true or false");
  return (
    <>
      <Autocomplete aria-label="Value" placeholder="value" size="xs" flex="1 1 100px" maw={240} value={typed} data={[...new Set(of?.examples ?? [])]} limit={20} spellCheck={false} readOnly={readOnly} onChange={(text) => onChange(valueOf(text, of?.types ?? []))} />
      {meant.length > 1 && !sure && (
        <Select aria-label="Kind of value" size="xs" w={92} readOnly={readOnly} value={typeof value === "string" ? "text" : typeof value === "number" ? "number" : "yes or no"} data={[typeof meant[0] === "number" ? "number" : "yes or no", "text"]}
          onChange={(kind) => onChange(kind === "text" ? typed : meant[0]!)} />
      )}
    </>
  );
}

export function ValuesField({ values, of, onChange }: { values: Value[]; of: Name | undefined; onChange: (values: Value[]) => void }) {
  const { readOnly } = useSpeaks();
  return (
    <TagsInput aria-label="Values" placeholder={values.length ? "" : "a value, then Enter"} size="xs" miw={180} flex={1} readOnly={readOnly} value={values.map(shownValue)} data={[...new Set(of?.examples ?? [])]}
      onChange={(typed) => onChange(typed.map((each) => values.find((value) => shownValue(value) === each) ?? valueOf(each, of?.types ?? [])))} />
  );
}

export function DurationField({ duration, onChange, about = "How long" }: { duration: number; onChange: (duration: number) => void; about?: string }) {
  const { readOnly } = useSpeaks();
  const [count, unit] = counted(duration);
  return (
    <>
      <NumberInput aria-label={about} size="xs" w={64} min={1} max={36_500} allowDecimal={false} hideControls readOnly={readOnly} value={count} onChange={(typed) => typeof typed === "number" && typed > 0 && onChange(lasting(typed, unit))} />
      <Select aria-label="Unit of time" size="xs" w={94} readOnly={readOnly} value={unit} data={UNITS.map(([name]) => name)} onChange={(name) => name && onChange(lasting(count, name))} />
    </>
  );
}

/** A date, and a time of day if one is meant; in UTC, as rules are. */
export function TimeField({ time, onChange, label }: { time: number; onChange: (time: number) => void; label: string }) {
  const { readOnly } = useSpeaks();
  const { day, clock } = dateField(time);
  const tell = (day: string, clock: string) => { const at = fromFields(day, clock); if (at !== null) onChange(at); };
  return (
    <>
      <TextInput type="date" aria-label={label} size="xs" w={136} readOnly={readOnly} value={day} onChange={(event) => tell(event.currentTarget.value, clock)} />
      <TextInput type="time" aria-label={`${label}: time of day (UTC)`} size="xs" w={96} readOnly={readOnly} value={clock} onChange={(event) => tell(day, event.currentTarget.value)} />
    </>
  );
}

const today = () => Math.floor(Date.now() / 86_400_000) * 86_400e6;
const DAY = 86_400e6;

export function MomentField({ moment, onChange }: { moment: Moment; onChange: (moment: Moment) => void }) {
  const { scope, readOnly } = useSpeaks();
  const offset = moment.moment === "from_now" ? (moment.offset ?? 0) : 0;
  const kind = moment.moment === "at" ? "date" : offset === 0 ? "now" : offset < 0 ? "ago" : "ahead";
  const kinds = [{ value: "now", label: "now" }, { value: "ago", label: "some time ago" }, { value: "ahead", label: "some time from now" }, { value: "date", label: "the date" }];
  const choose = (to: string | null) =>
    onChange(to === "date" ? { moment: "at", time: today() } : { moment: "from_now", offset: to === "now" ? 0 : (to === "ago" ? -1 : 1) * (Math.abs(offset) || 7 * DAY) });
  return (
    <>
      <Select aria-label="When" size="xs" w={150} readOnly={readOnly} value={kind} data={scope.over === "event" ? kinds.slice(3) : kinds} onChange={choose} />
      {moment.moment === "at" ? <TimeField label="Date" time={moment.time} onChange={(time) => onChange({ moment: "at", time })} />
        : offset !== 0 && <DurationField duration={Math.abs(offset)} onChange={(duration) => onChange({ moment: "from_now", offset: Math.sign(offset) * duration })} />}
    </>
  );
}

/** How often, and in which time. */
export function ExtentFields({ clause, onChange }: { clause: Clause; onChange: (part: Partial<Clause>) => void }) {
  const { inJourney, readOnly } = useSpeaks();
  const bound = clause.bound ?? "at least";
  const times = clause.times ?? 1;
  const window = clause.window ?? null;
  const choose = (kind: string | null) => {
    const made: Record<string, Window | null> = {
      ever: null,
      within: { window: "within", duration: 30 * DAY },
      since: { window: "since", time: today() - 30 * DAY },
      between: { window: "between", start: today() - 30 * DAY, end: today() },
      since_entry: { window: "since_entry" },
    };
    onChange({ window: made[kind ?? "ever"] });
  };
  const kinds = [
    { value: "ever", label: "ever" }, { value: "within", label: "within the last" }, { value: "since", label: "since" }, { value: "between", label: "between" },
    ...(inJourney || window?.window === "since_entry" ? [{ value: "since_entry", label: "since they entered" }] : []),
  ];
  return (
    <>
      <Select aria-label="How often" size="xs" w={94} readOnly={readOnly} value={bound} data={["at least", "at most", "exactly"]} onChange={(to) => onChange({ bound: to as Bound })} />
      <NumberInput aria-label="Times" size="xs" w={56} min={bound === "at least" ? 1 : 0} max={10_000} allowDecimal={false} hideControls readOnly={readOnly} value={times} onChange={(typed) => typeof typed === "number" && onChange({ times: typed })} />
      <span>{times === 1 ? "time" : "times"}</span>
      <Select aria-label="In which time" size="xs" w={142} readOnly={readOnly} value={window?.window ?? "ever"} data={kinds} onChange={choose} />
      {window?.window === "within" && <DurationField duration={window.duration} onChange={(duration) => onChange({ window: { window: "within", duration } })} />}
      {window?.window === "since" && <TimeField label="Since" time={window.time} onChange={(time) => onChange({ window: { window: "since", time } })} />}
      {window?.window === "between" && (
        <>
          <TimeField label="From" time={window.start} onChange={(start) => onChange({ window: { ...window, start } })} />
          <span>and</span>
          <TimeField label="Until" time={window.end} onChange={(end) => onChange({ window: { ...window, end } })} />
        </>
      )}
    </>
  );
}
