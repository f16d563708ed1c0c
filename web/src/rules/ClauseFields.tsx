/** The fields of one clause, by what it is about. */
import { Select, Textarea, TextInput } from "@mantine/core";
import type { Schemas } from "../api/client";
import type { Clause, Leaf } from "./sketch";
import { OPERATORS, operatorOf, withOperator } from "./operators";
import { DurationField, ExtentFields, MomentField, NameField, seen, useName, ValueField, ValuesField } from "./fields";
import { dotted, pathOf } from "./values";
import { names, useSpeaks } from "./words";

interface Props {
  leaf: Leaf;
  /** Takes what changed of the leaf. */
  change: (part: Partial<Pick<Leaf, "clause" | "not" | "where">>) => void;
}

export function ClauseFields(props: Props) {
  switch (props.leaf.clause.clause) {
    case "did": return <Did {...props} />;
    case "message": return <Message {...props} />;
    case "in_segment": return <InSegment {...props} />;
    case "in_group": return <InGroup {...props} />;
    case "text": return <AsText {...props} />;
    default: return <About {...props} />;
  }
}

function About({ leaf: { clause, not }, change }: Props) {
  const speaks = useSpeaks();
  const path = dotted(clause.path ?? []);
  const of = useName(path);
  const operator = operatorOf(clause, not);
  const takes = OPERATORS.find((each) => each.id === operator.id)?.takes;
  const set = (part: Partial<Clause>) => change({ clause: { ...clause, ...part } });
  const what = speaks.scope.over === "event" ? "Property" : speaks.scope.over === "group" ? "Attribute of the group" : "Attribute";
  return (
    <>
      <NameField spot label={what} placeholder={what.toLowerCase()} value={path} known={names(speaks).map((each) => ({ name: each.name, about: seen(each) }))} onChange={(name) => set({ path: pathOf(name) })} />
      {operator.not && <Not change={change} />}
      <Select aria-label="What is said of it" size="xs" w={144} readOnly={speaks.readOnly} value={operator.id} maxDropdownHeight={320}
        data={OPERATORS.filter((each) => !each.moves || speaks.scope.over !== "event" || each.id === operator.id).map((each) => ({ value: each.id, label: each.says }))}
        onChange={(id) => id && change(withOperator(clause, not, id))} />
      {takes === "value" && <ValueField value={clause.value ?? ""} of={of} onChange={(value) => set({ value })} />}
      {takes === "values" && <ValuesField values={clause.values ?? []} of={of} onChange={(values) => set({ values })} />}
      {takes === "text" && <TextInput aria-label="Text" size="xs" w={170} value={clause.text ?? ""} readOnly={speaks.readOnly} onChange={(event) => set({ text: event.currentTarget.value })} />}
      {takes === "pattern" && <TextInput aria-label="Pattern" placeholder="^Dr" size="xs" w={170} spellCheck={false} value={clause.pattern ?? ""} readOnly={speaks.readOnly} onChange={(event) => set({ pattern: event.currentTarget.value })} />}
      {takes === "duration" && <DurationField duration={clause.duration ?? 0} onChange={(duration) => set({ duration })} />}
      {(takes === "moment" || takes === "day") && <MomentField moment={clause.moment ?? { moment: "from_now" }} onChange={(moment) => set({ moment })} />}
    </>
  );
}

/** What turns a clause around that has no word of its own for it. */
function Not({ change }: Pick<Props, "change">) {
  const { readOnly } = useSpeaks();
  return <Select aria-label="Or not" size="xs" w={70} readOnly={readOnly} value="not" data={["not", "so"]} onChange={(to) => to === "so" && change({ not: false })} />;
}

function Did({ leaf: { clause, not }, change }: Props) {
  const { words, readOnly } = useSpeaks();
  const kind = clause.kind ?? "track";
  const { known, kindOf } = offered(words?.events ?? [], kind);
  const set = (part: Partial<Clause>) => change({ clause: { ...clause, ...part } });
  const kinds = [{ value: "track", label: "did" }, { value: "page", label: "saw page" }, { value: "screen", label: "saw screen" }, { value: "-track", label: "did not do" }, { value: "-page", label: "did not see page" }, { value: "-screen", label: "did not see screen" }];
  return (
    <>
      <Select aria-label="Did or did not" size="xs" w={136} readOnly={readOnly} value={(not ? "-" : "") + kind} data={kinds} onChange={(to) => to && change({ not: to.startsWith("-"), clause: { ...clause, kind: to.replace("-", "") as Clause["kind"] } })} />
      <NameField spot label="Event" placeholder={kind === "track" ? "event" : kind} value={clause.event ?? ""} known={known} onChange={(event) => set({ event, ...(kindOf(event) !== kind && { kind: kindOf(event) as Clause["kind"] }) })} />
      <ExtentFields clause={clause} onChange={set} />
    </>
  );
}

/** The events to choose from: those of a kind, then the others. A name of another kind alone is of that one, whichever was chosen before. */
export function offered(all: readonly Schemas["Happening"][], kind: string): { known: { name: string; about: string }[]; kindOf: (name: string) => string } {
  const own = all.filter((each) => each.kind === kind);
  const taken = new Set(own.map((each) => each.name));
  const others = all.filter((each) => !taken.has(each.name));
  return {
    known: [...own.map((each) => ({ name: each.name, about: often(each) })), ...others.map((each) => ({ name: each.name, about: `${each.kind === "track" ? "event" : each.kind}, ${often(each)}` }))],
    kindOf: (name) => (taken.has(name) ? kind : others.find((each) => each.name === name)?.kind ?? kind),
  };
}

/** How often an event was seen; a derived one is counted where it is made. */
const often = (event: Schemas["Happening"]): string => event.derived ? "derived event" : `seen ${event.times.toLocaleString("en")} ${event.times === 1 ? "time" : "times"}`;

const VERBS = [["received", "received", "did not receive"], ["opened", "opened", "did not open"], ["clicked", "clicked in", "did not click in"], ["converted", "converted after", "did not convert after"]] as const;

function Message({ leaf: { clause, not }, change }: Props) {
  const { words, readOnly } = useSpeaks();
  const set = (part: Partial<Clause>) => change({ clause: { ...clause, ...part } });
  const verbs = VERBS.flatMap(([verb, yes, no]) => [{ value: verb as string, label: yes as string }, { value: `-${verb}`, label: no }]);
  const templates = (words?.templates ?? []).filter((each) => !each.about || each.about === clause.channel);
  const channels = [...new Set([...(words?.channels ?? []), ...(clause.channel ? [clause.channel] : [])])];
  return (
    <>
      <Select aria-label="What became of it" data-first size="xs" w={156} readOnly={readOnly} value={(not ? "-" : "") + (clause.verb ?? "opened")} data={verbs} onChange={(to) => to && change({ not: to.startsWith("-"), clause: { ...clause, verb: to.replace("-", "") } })} />
      <Select aria-label="Channel" size="xs" w={100} readOnly={readOnly} value={clause.channel ?? null} data={channels} onChange={(channel) => channel && set({ channel, template: null })} />
      <NameField label="Template" placeholder="any message" value={clause.template ?? ""} known={templates.map((each) => ({ name: each.id, about: each.name }))} onChange={(template) => set({ template: template || null })} />
      <ExtentFields clause={clause} onChange={set} />
    </>
  );
}

function InSegment({ leaf: { clause, not }, change }: Props) {
  const { words, readOnly } = useSpeaks();
  const known = (words?.segments ?? []).map((each) => ({ value: each.id, label: each.name }));
  const listed = clause.segment && !known.some((each) => each.value === clause.segment) ? [...known, { value: clause.segment, label: clause.segment }] : known;
  return (
    <>
      <Select aria-label="In or not" size="xs" w={90} readOnly={readOnly} value={not ? "is not in" : "is in"} data={["is in", "is not in"]} onChange={(to) => change({ not: to === "is not in" })} />
      <Select aria-label="Segment" data-first placeholder="segment" size="xs" w={220} searchable readOnly={readOnly} nothingFoundMessage="No such segment" value={clause.segment || null} data={listed} onChange={(segment) => segment && change({ clause: { ...clause, segment } })} />
    </>
  );
}

function InGroup({ leaf: { clause, not }, change }: Props) {
  const { words, readOnly } = useSpeaks();
  return (
    <>
      <Select aria-label="In or not" size="xs" w={90} readOnly={readOnly} value={not ? "is in no" : "is in a"} data={["is in a", "is in no"]} onChange={(to) => change({ not: to === "is in no" })} />
      <NameField spot label="Type of group" placeholder="company" width={150} value={clause.type ?? ""} known={(words?.groups ?? []).map((each) => ({ name: each.type, about: each.attributes.slice(0, 4).map((name) => name.name).join(", ") }))} onChange={(type) => change({ clause: { ...clause, type } })} />
    </>
  );
}

function AsText({ leaf: { clause }, change }: Props) {
  const { readOnly } = useSpeaks();
  return (
    <Textarea aria-label="As text" data-first size="xs" autosize minRows={1} flex={1} spellCheck={false} readOnly={readOnly} placeholder={'plan = "pro"'} value={clause.text ?? ""} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      onChange={(event) => change({ clause: { ...clause, text: event.currentTarget.value } })} />
  );
}
