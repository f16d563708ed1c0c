/** A journey while it is edited: the draft on the canvas, as a list or as its file, with its problems, and the panel of the step that is chosen. */
import { ActionIcon, Badge, Button, Group, Kbd, Modal, Paper, Popover, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconKeyboard, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { WORDS } from "../api/autosave";
import { names } from "../api/names";
import { UndoRedo } from "../drafts/UndoRedo";
import { told } from "../ui/told";
import { Failed, Waiting } from "../ui/Page";
import canvas from "./Canvas.module.css";
import { ConflictDialog } from "./Conflict";
import { triggerOf, type Forms, type Journey, type Step } from "./document";
import * as change from "./edit";
import styles from "./Edit.module.css";
import { Find } from "./Find";
import { Outline } from "./Outline";
import { Palette } from "./Palette";
import type { Counts, Hands } from "./shown";
import { JourneyForm, StepActions, StepForm } from "./StepForm";
import { plainly, useCheck, type Flaw } from "./useCheck";
import type { Editing } from "./useDraft";
import { Who } from "./Who";
import { withSteps } from "./steps";
import { saysStep, saysTrigger } from "./words";

const Canvas = lazy(() => import("./Canvas"));
const Code = lazy(() => import("./Code"));

interface Props {
  workspace: string;
  editing: Editing;
  forms: Forms;
  counts: Map<string, Counts>;
  entered: number;
  done: number;
  as: "canvas" | "list" | "code";
  chosen: string | undefined;
  choose: (step: string | undefined) => void;
}

const CLIPBOARD = "tidings-step";

export function Editor({ workspace, editing, forms, counts, entered, done, as, chosen, choose }: Props) {
  const { journey, edit } = editing;
  const asked = useQuery(names(workspace));
  const check = useCheck(workspace, journey);
  const named = useMemo(() => withSteps(journey, forms), [journey, forms]);
  const trigger = triggerOf(journey, forms);
  const problems = useMemo(() => (check.data ? plainly(check.data.problems, check.data.of, forms).filter((each) => each.step || triggerOf(check.data.of, forms) === trigger) : []), [check.data, forms, trigger]); // what was said of another trigger is over
  const flaws = useMemo(() => new Map(problems.filter((each) => !each.warning).map((each) => [each.step || "trigger", each.message] as const).reverse()), [problems]);
  const [spot, setSpot] = useState<change.Spot | null>(null);
  const [focus, setFocus] = useState<{ step: string }>();
  const now = useRef(journey);
  useEffect(() => { now.current = journey; });

  const place = useCallback((step: Step, at: change.Spot) => {
    edit(change.insert(now.current, at, step));
    choose(step.id);
  }, [edit, choose]);
  const hands: Hands = useMemo(() => ({
    add: setSpot,
    addAfter: (id) => setSpot(change.spotAfter(now.current, forms, id)),
    move: (id, to) => { edit(change.move(now.current, forms, id, to)); setFocus({ step: id }); },
    shift: (id, by) => { edit(change.shift(now.current, forms, id, by)); setFocus({ step: id }); },
    remove: (id) => {
      const before = now.current, gone = change.keep(before, forms, id);
      if (!gone) return;
      const next = change.neighbour(before, forms, id), { title } = saysStep(gone.step, forms);
      edit(change.remove(before, forms, id));
      choose(undefined);
      setFocus({ step: next });
      told(`${title} deleted.`, () => {
        const back = change.putBack(now.current, forms, gone);
        if (back) edit(back);
        else told(`${title} can’t be put back alone: where it stood is gone too. Undo above the journey goes back to when both were there.`);
      });
    },
    duplicate: (id) => { const made = change.duplicate(now.current, forms, id); edit(made.journey); setFocus({ step: made.id }); },
    copy: (id) => {
      const found = change.find(now.current, forms, id);
      if (!found) return;
      localStorage.setItem(CLIPBOARD, JSON.stringify(found.step));
      told(`${saysStep(found.step, forms).title} copied. Paste it behind any step, of any journey.`);
    },
    paste: (id) => {
      const kept = localStorage.getItem(CLIPBOARD);
      if (!kept) return;
      const step = change.fitted(now.current, forms, JSON.parse(kept) as Step);
      edit(change.insert(now.current, change.spotAfter(now.current, forms, id), step));
      setFocus({ step: step.id });
    },
  }), [edit, choose, forms]);

  /** Where undo takes away the step that is worked on, its neighbour is worked on. */
  const left = useRef<{ step: string; next: string; focused: boolean } | null>(null);
  const leaving = useCallback((go: (() => void) | undefined) => go && (() => {
    const within = document.activeElement?.closest<HTMLElement>("[data-step], aside");
    const at = within?.dataset.step ?? chosen;
    left.current = at && at !== "trigger" ? { step: at, next: change.neighbour(now.current, forms, at), focused: !!within } : null;
    go();
  }), [chosen, forms]);
  const undo = useMemo(() => leaving(editing.undo), [leaving, editing.undo]);
  const redo = useMemo(() => leaving(editing.redo), [leaving, editing.redo]);
  useEffect(() => {
    const gone = left.current;
    left.current = null;
    if (!gone || change.find(journey, forms, gone.step)) return;
    choose(undefined);
    if (gone.focused) setFocus({ step: change.find(journey, forms, gone.next) ? gone.next : "trigger" });
  }, [journey, forms, choose]);
  useEffect(() => { // the canvas brings it into view itself
    if (as === "list" && focus) document.querySelector<HTMLElement>(`[data-step="${CSS.escape(focus.step)}"]`)?.focus();
  }, [as, focus]);

  const step = chosen && chosen !== "trigger" ? change.find(journey, forms, chosen)?.step : undefined;
  const open = as !== "code" && (chosen === "trigger" || !!step);
  const shown = { journey, forms: named, counts, entered, done, chosen: open ? chosen : undefined, choose, flaws };
  const title = step ? saysStep(step, forms).title : saysTrigger(journey, forms).title;
  const close = () => { choose(undefined); if (chosen) setFocus({ step: chosen }); };
  return (
    <>
      <Bar workspace={workspace} editing={editing} undo={undo} redo={redo} problems={problems} fresh={check.fresh} forms={forms} choose={(id) => { choose(id); setFocus({ step: id }); }} />
      {editing.fault && editing.saving === "failed" && <Failed error={editing.fault} again={() => void editing.flush()} />}
      {as === "code" ? (
        <Paper withBorder radius="md" component="section" aria-label="Code"><Suspense fallback={<Waiting />}><Code journey={journey} text={check.data?.text} fresh={check.fresh} edit={edit} /></Suspense></Paper>
      ) : (
        <div className={canvas.room} data-open={open || undefined} data-edits>
          <Paper withBorder radius="md" className={as === "list" ? canvas.list : canvas.canvas} component="section" aria-label={as === "list" ? "Steps" : "Canvas"}>
            {as === "list" ? <Outline {...shown} hands={hands} /> : <Suspense fallback={<Waiting />}><Canvas {...shown} hands={hands} focus={focus} /></Suspense>}
          </Paper>
          {open && (
            <Panel key={chosen} id={chosen!} title={step?.name ? step.name : title} about={step ? (step.name ? forms.steps[change.kindOf(step, forms)]?.title : forms.steps[change.kindOf(step, forms)]?.about) ?? "" : "What starts it, who comes in, what takes people out"} close={close}>
              {asked.error ? <Failed error={asked.error} again={() => void asked.refetch()} /> : !asked.data ? <Waiting rows={3} /> : step ? (
                <>
                  <StepForm journey={journey} forms={forms} names={asked.data} problems={problems} step={step} onChange={(next, mark) => edit(change.replace(journey, forms, step.id, next), mark)} />
                  <StepActions onAdd={() => hands.addAfter(step.id)} onCopy={() => hands.duplicate(step.id)} onUp={() => hands.shift(step.id, -1)} onDown={() => hands.shift(step.id, 1)} onRemove={() => hands.remove(step.id)} />
                </>
              ) : (
                <>
                  <JourneyForm journey={journey} forms={forms} names={asked.data} problems={problems} onChange={edit} />
                  <Button mt="md" size="xs" variant="default" onClick={() => hands.addAfter("trigger")}>Add a first step</Button>
                </>
              )}
            </Panel>
          )}
        </div>
      )}
      <Palette forms={forms} opened={spot !== null} onClose={() => setSpot(null)} onPick={(kind) => { if (spot) place(change.blank(journey, forms, kind), spot); setSpot(null); }} />
      {editing.conflict && <ConflictDialog conflict={editing.conflict} forms={forms} settle={editing.settle} />}
    </>
  );
}

function Panel({ id, title, about, close, children }: { id: string; title: string; about: string; close: () => void; children: React.ReactNode }) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  return (
    <Paper ref={frame} withBorder radius="md" p="md" component="aside" aria-label={title} tabIndex={-1} className={canvas.panel} data-scroll-restoration-id={`step-${id}`} onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented && !(event.target as HTMLElement).closest("[aria-expanded=true]")) close(); }}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2}>{title}</Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={close}><IconX size={16} /></ActionIcon>
      </Group>
      <Text size="xs" c="dimmed" mb="sm">{about}</Text>
      {children}
    </Paper>
  );
}

function Bar({ workspace, editing, undo, redo, problems, fresh, forms, choose }: Pick<Editing, "undo" | "redo"> & { workspace: string; editing: Editing; problems: Flaw[]; fresh: boolean; forms: Forms; choose: (step: string) => void }) {
  return (
    <div className={styles.bar} role="toolbar" aria-label="Editing">
      <UndoRedo undo={undo} redo={redo} />
      <Find journey={editing.journey} forms={forms} choose={choose} />
      <Problems problems={problems} fresh={fresh} journey={editing.journey} forms={forms} choose={choose} />
      <Keys />
      <span className={styles.grow} />
      {editing.others.map((who) => <Badge key={who} title={`${who} has this draft open too`}><Who workspace={workspace} of={who} /> is here</Badge>)}
      {editing.begun && <span className={styles.state} role="status">{WORDS[editing.saving]}</span>}
    </div>
  );
}

function Problems({ problems, fresh, journey, forms, choose }: { problems: Flaw[]; fresh: boolean; journey: Journey; forms: Forms; choose: (step: string) => void }) {
  const [open, setOpen] = useState(false);
  const faults = problems.filter((each) => !each.warning).length, hints = problems.length - faults;
  const says = [faults && `${faults} ${faults === 1 ? "problem" : "problems"}`, hints && `${hints} ${hints === 1 ? "hint" : "hints"}`].filter(Boolean).join(", ") || "No problems";
  return (
    <Popover opened={open && problems.length > 0} onChange={setOpen} position="bottom-start" width={380} shadow="md" trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" disabled={!problems.length} c={faults ? "var(--mantine-color-error)" : undefined} aria-label={says} aria-expanded={open} onClick={() => setOpen(!open)} aria-busy={!fresh}
          leftSection={problems.length ? <IconAlertTriangle size={14} /> : <IconCheck size={14} />}>{says}</Button>
      </Popover.Target>
      <Popover.Dropdown p={6} mah={380} style={{ overflowY: "auto" }} aria-label="Problems">
        {problems.map((each, n) => {
          const step = change.find(journey, forms, each.step)?.step;
          return (
            <button key={n} type="button" className={styles.problem} onClick={() => { choose(each.step || "trigger"); setOpen(false); if (!each.warning) setTimeout(toFault, 200); }}>
              <b>{step ? saysStep(step, forms).title : "The journey"}</b>{each.warning ? " (a hint)" : ""}: {each.message}
              {each.hint && <small>{each.hint}</small>}
            </button>
          );
        })}
      </Popover.Dropdown>
    </Popover>
  );
}

/** To the field that is at fault, once the panel stands. */
function toFault() {
  const field = ["[aria-invalid=true]", "[role=alert]"].map((each) => document.querySelector<HTMLElement>(`aside ${each}`)).find(Boolean);
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

const KEYS = [["↑ ↓", "along the steps"], ["Enter", "open a step"], ["+", "add a step behind it"], ["Delete", "delete it"], ["Alt ↑ ↓", "move it"], ["Ctrl C, Ctrl V", "copy and paste, also between journeys"], ["Ctrl D", "copy it right here"], ["Ctrl Z, Ctrl Shift Z", "undo, redo"], ["Escape", "close the panel"]];

function Keys() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Tooltip label="Keys"><ActionIcon visibleFrom="xs" variant="default" aria-label="Keys" onClick={() => setOpen(true)}><IconKeyboard size={16} /></ActionIcon></Tooltip>
      <Modal opened={open} onClose={() => setOpen(false)} title="Keys on the canvas">
        <Stack gap={6}>{KEYS.map(([keys, does]) => <Group key={keys} justify="space-between"><Text size="sm">{does}</Text><Kbd>{keys}</Kbd></Group>)}</Stack>
        <Text size="sm" c="dimmed" mt="md">Steps can be dragged onto any + too.</Text>
      </Modal>
    </>
  );
}
