/** One journey: live with its numbers, or its draft while it is edited; the same as a canvas, as a list in words and as its file. */
import { Anchor, Badge, Button, Group, Menu, Modal, Paper, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { modals } from "@mantine/modals";
import { IconChevronDown, IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, data, type Schemas } from "../api/client";
import * as stored from "../drafts/stored";
import { useLabels } from "../labels/labels";
import { may, session } from "../session/session";
import { UNASKED, type Asked } from "../ui/asked";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault, untold } from "../ui/told";
import styles from "./Canvas.module.css";
import { Behind, isWhat, type What } from "./Behind";
import { olderOf, useForms, wordsOf } from "./called";
import type { Forms, Journey } from "./document";
import { Editor } from "./Editor";
import { duplicateJourney } from "./make";
import { Find } from "./Find";
import { MoveDialog } from "./Moves";
import { Outline } from "./Outline";
import { Panel } from "./Panel";
import { CarryingOn, Publish } from "./Publish";
import { Ramp } from "./Ramp";
import { one, type Move } from "./room";
import { Status } from "./Status";
import { oneLine, withSteps } from "./steps";
import { draftOf, useDraft, writeDraft, type Draft } from "./useDraft";
import { Versions } from "./Versions";
import { Who } from "./Who";

const Canvas = lazy(() => import("./Canvas"));

export function JourneyPage() {
  const { workspace, journey: id } = one.useParams();
  const { data: now } = useQuery(session);
  const found = useQuery({
    queryKey: ["journey", workspace, id],
    queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey: id } } })),
    refetchInterval: 5000,
  });
  const asked = useForms(workspace);
  const draft = useQuery({ queryKey: ["draft", workspace, "journey", id], queryFn: () => draftOf(id), refetchOnWindowFocus: false, staleTime: 0 });
  const error = found.error ?? asked.error ?? draft.error;
  if (error) return <>{back(workspace)}<Failed whole error={error} again={() => { void found.refetch(); void asked.refetch(); void draft.refetch(); }} /></>;
  if (!found.data || !asked.data || draft.data === undefined || !now) return <Waiting head />;
  const edits = may(now, workspace, "journeys:edit");
  return <Loaded key={id} workspace={workspace} page={found.data} forms={asked.data} draft={draft.data} edits={edits} publishes={may(now, workspace, "journeys:publish")} sees={may(now, workspace, "people:read")} />;
}

interface Props { workspace: string; page: Schemas["JourneyPage"]; forms: Forms; draft: Draft | null; edits: boolean; publishes: boolean; sees: boolean }

function Loaded(props: Props) {
  const { workspace, page, forms, draft, edits, publishes, sees } = props;
  const archived = useLabels(workspace, ["journey"]).of("journey", page.journey).archived !== null;
  const { step, as = "canvas", draft: editing, who, at } = one.useSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const narrow = useMediaQuery("(max-width: 767px)");
  const [published, setPublished] = useState(0);
  const isNew = page.version === 0;
  const open = edits && (isNew || editing === true);
  const go = useCallback((search: Record<string, unknown>) => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...search }), replace: true }), [navigate]);
  const choose = useCallback((chosen: string | undefined) => go({ ...UNASKED, step: chosen }), [go]);
  const counts = useMemo(() => new Map(page.steps.map((each) => [each.step, each])), [page.steps]);
  const again = async () => {
    await client.invalidateQueries({ queryKey: ["journey", workspace, page.journey] });
    await client.invalidateQueries({ queryKey: ["draft", workspace, "journey", page.journey] });
    await client.invalidateQueries({ queryKey: ["approvals", workspace] });
    await client.invalidateQueries({ queryKey: ["ramp", workspace, page.journey] });
    await client.invalidateQueries({ queryKey: ["versions", workspace, page.journey] });
  };
  const isOwn = ({ kind, name }: Schemas["DraftMeant"]) => kind === "journey" && name === page.journey;
  const waits = useQuery({ queryKey: ["approvals", workspace], queryFn: () => data(api.GET("/api/approvals")), enabled: draft !== null || page.version > 0, refetchInterval: ({ state }) => (state.data?.approvals.some((each) => each.drafts.some(isOwn)) ? 5000 : false) });
  const known = useRef(page.version);
  useEffect(() => {
    // somebody else published it, or approved it: its draft and what waits are others now
    if (known.current !== page.version) void again();
    known.current = page.version;
  });
  const refused = waits.data?.answered.find((each) => each.drafts.some((own) => isOwn(own) && `"${own.revision}"` === draft?.etag));
  const asked = waits.data?.approvals.filter((each) => each.drafts.some(isOwn) || each.journeys?.includes(page.journey)).at(-1);
  const live = page.document as unknown as Journey;
  const words = useMemo(() => wordsOf(page, forms), [page, forms]);
  const named = useMemo(() => withSteps(live, forms), [live, forms]);
  const called = (id: string) => { const own = words.get(id); return own ? oneLine(own) : id; };
  const former = page.steps.filter((each) => !each.kind && each.waiting > 0);
  const view = narrow && as === "canvas" ? "list" : as;
  const views = [...(narrow ? [] : [{ value: "canvas", label: "Canvas" }]), { value: "list", label: "List" }, ...(open ? [{ value: "code", label: "Code" }] : [])];
  const rehearsal = `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(page.journey)}/rehearse`;
  const switches = (
    <Group gap="xs" className={styles.switches}>
      {!open && !narrow && live.steps.length > 0 && <Find journey={live} forms={forms} choose={choose} />}
      {!narrow && <Button variant="default" component={Link} to={rehearsal}>Rehearse</Button>}
      {edits && !isNew && (open || draft) && (
        <SegmentedControl aria-label="Which version" value={open ? "draft" : "live"} data={[{ value: "live", label: "Live" }, { value: "draft", label: "Draft" }]} onChange={(value) => go({ draft: value === "draft" || undefined, step: undefined, ...(as === "code" && { as: undefined }) })} />
      )}
      {views.length > 1 && <SegmentedControl aria-label="Show the journey as" value={view} data={views} onChange={(value) => go({ as: value === "canvas" ? undefined : value })} />}
    </Group>
  );
  const held = page.steps.reduce((sum, each) => sum + (each.left_by?.held_out ?? 0), 0);
  const wholes: Partial<Record<What, number>> = { inside: page.inside, entered: page.entered, done: page.done, held_out: held, converted: page.converted };
  const behind = sees && !at && isWhat(who) ? who : undefined;
  /** A number in words that leads to the people behind it, where they may be seen. */
  const lead = (what: What, count: number, says: string) => (sees && count > 0 ? <Anchor component="button" type="button" fz="sm" c="inherit" td="underline" onClick={() => go({ ...UNASKED, who: what })}>{says}</Anchor> : says);
  const head = (actions: React.ReactNode, name: string) => (
    <>
      {back(workspace)}
      <PageHead title={name} mark={<><Status of={page.status} shadow={page.shadow} />{archived && <Badge color="gray">Archived</Badge>}</>} about={isNew ? "Nobody comes in before it is published." : <span className="figures">Version {page.version}. {lead("inside", page.inside, `${says(page.inside)} in it now`)}, {lead("entered", page.entered, `${page.entered.toLocaleString("en")} ever entered`)}, {lead("done", page.done, `${page.done.toLocaleString("en")} went through to the end`)}{held > 0 && <>, {lead("held_out", held, `${held.toLocaleString("en")} held out`)}</>}{page.converted > 0 && <>, {lead("converted", page.converted, `${page.converted.toLocaleString("en")} reached the goal`)}</>}.</span>}>
        {switches}
        {actions}
      </PageHead>
      {page.shadow && <Text size="sm" mb="sm">In shadow: it does everything but send. <Anchor component={Link} fz="sm" c="inherit" td="underline" {...{ to: `/${encodeURIComponent(workspace)}/deliveries`, search: { journey: page.journey, state: "shadow" } as never }}>See what it would have sent</Anchor>, and <Anchor component={Link} fz="sm" c="inherit" td="underline" {...{ to: `/${encodeURIComponent(workspace)}/deliveries`, search: { journey: page.journey, state: "failed" } as never }}>what would have failed</Anchor>.</Text>}
      {former.length > 0 && <Text size="sm" mb="sm">{says(former.reduce((sum, each) => sum + each.waiting, 0))} finish on a former version, at steps that are gone here: {former.map((each) => `${called(each.step)} (${each.waiting.toLocaleString("en")})`).join(", ")}.</Text>}
      {page.parked > 0 && <Text size="sm" mb="sm" c="var(--mantine-color-error)">{page.parked === 1 ? "1 person stands" : `${page.parked > 10_000 ? "More than 10,000" : page.parked.toLocaleString("en")} people stand`} still at a fault: <Anchor component={Link} fz="sm" c="inherit" td="underline" {...{ to: `/${encodeURIComponent(workspace)}/parked`, search: { journey: page.journey } as never }}>see what stopped them</Anchor>.</Text>}
      {page.counting && <Text size="sm" c="dimmed" mb="sm">The goal was changed: it is still being counted of those who came in before.</Text>}
      {page.unknown?.map((says) => <Text key={says} size="sm" c="dimmed" mb="sm">{says}</Text>)}
      <Modal opened={behind !== undefined} onClose={() => go({ ...UNASKED })} title={name} closeButtonProps={{ "aria-label": "Close" }}>
        {behind && <Behind workspace={workspace} journey={page.journey} step="" what={behind} count={wholes[behind]} called={called} />}
      </Modal>
      {asked && <Text size="sm" mb="sm">{asked.drafts.some(isOwn) ? "Its draft" : "A change of it"} waits for approval since <Moment at={asked.asked} />: <Anchor component={Link} fz="sm" c="inherit" td="underline" to={`/${encodeURIComponent(workspace)}/settings/approvals/${asked.id}`}>see the request</Anchor>.{asked.drafts.some(isOwn) && " What is changed now is not in it."}</Text>}
      {!asked && refused && !refused.approved && refused.answered_by !== refused.asked_by && <Text size="sm" mb="sm" style={{ overflowWrap: "anywhere" }}><Who workspace={workspace} of={refused.answered_by} /> refused this draft <Moment at={refused.answered} />{refused.answer ? `: “${refused.answer}”` : "."}</Text>}
      {(page.status === "live" || page.status === "paused") && !isNew && <Ramp workspace={workspace} journey={page.journey} publishes={publishes} again={again} />}
      {published > 0 && <CarryingOn workspace={workspace} since={published} />}
    </>
  );
  const more = (discard?: () => void) => (narrow || edits || !isNew) && <More {...props} rehearsal={rehearsal} narrow={narrow} discard={discard} again={again} onPublished={() => { setPublished(Date.now()); go({ draft: undefined, step: undefined, as: undefined }); void again(); }} />;
  if (open) {
    return <Drafted key={draft?.etag ? "draft" : "new"} {...props} live={live} view={view} step={step} choose={choose} counts={counts} head={head} more={more}
      leave={() => { go({ draft: undefined, step: undefined, as: undefined }); void again(); }}
      onPublished={() => { setPublished(Date.now()); go({ draft: undefined, step: undefined, as: undefined }); void again(); }} />;
  }
  const shown = { journey: live, forms: named, counts, entered: page.entered, done: page.done, chosen: step, choose };
  return (
    <>
      {head(<>{edits && !draft && page.status !== "stopped" && <Button variant="default" leftSection={<IconPencil size={14} />} onClick={() => go({ draft: true, step: undefined })}>Edit</Button>}{more()}</>, page.name)}
      {page.status === "stopped" && <Text size="sm" mb="sm">It was stopped: nobody comes in any more, and it can’t be started again. Duplicate it, under More, to begin anew.</Text>}
      {draft && !asked && !isNew && edits && page.status !== "stopped" && <Text size="sm" c="dimmed" mb="sm">There is a draft with changes that nobody gets yet: <Anchor component="button" type="button" fz="sm" c="inherit" td="underline" onClick={() => go({ draft: true, step: undefined })}>go on with it</Anchor>.</Text>}
      <div className={styles.room} data-open={step ? true : undefined}>
        <Paper withBorder radius="md" className={view === "list" ? styles.list : styles.canvas} component="section" aria-label={view === "list" ? "Steps" : "Canvas"}>
          {view === "list" ? <Outline {...shown} /> : <Suspense fallback={<Waiting />}><Canvas {...shown} /></Suspense>}
        </Paper>
        {step && <Panel key={step} {...shown} workspace={workspace} step={step} close={() => { choose(undefined); document.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`)?.focus(); }} />}
      </div>
    </>
  );
}

const OWN = { by: "me" };
const back = (workspace: string) => <Text size="sm" mb={4}><Anchor component={Link} to={`/${encodeURIComponent(workspace)}/journeys`} c="dimmed">Journeys</Anchor></Text>;

/** Whether somebody may match the trigger before anything happens. */
function matchesAlready({ trigger }: Journey): boolean {
  return String(trigger.segment ?? "").startsWith("entered") || ("attribute" in trigger && "to" in trigger);
}

interface DraftedProps extends Props {
  live: Journey;
  view: "canvas" | "list" | "code";
  step: string | undefined;
  choose: (step: string | undefined) => void;
  counts: Map<string, Schemas["StepCounts"]>;
  head: (actions: React.ReactNode, name: string) => React.ReactNode;
  more: (discard?: () => void) => React.ReactNode;
  leave: () => void;
  onPublished: () => void;
}

function Drafted({ workspace, page, forms, draft, publishes, live, view, step, choose, counts, head, more, leave, onPublished }: DraftedProps) {
  const [publishing, setPublishing] = useState(false);
  const editing = useDraft(page.journey, draft, live, leave);
  const navigate = useNavigate();
  const client = useQueryClient();
  const list = `/${encodeURIComponent(workspace)}/journeys`;
  /** One that was never published is gone with its draft: from the list it can be brought back. */
  const left = async () => { await client.invalidateQueries({ queryKey: ["journeys", workspace] }); await navigate({ to: list }); };
  const restore = async (draft: Draft) => {
    await writeDraft(page.journey, draft.body, "");
    if (page.version) return leave();
    await client.invalidateQueries({ queryKey: ["journeys", workspace] });
    await navigate({ to: `${list}/${encodeURIComponent(page.journey)}` });
  };
  const begin = async () => { await editing.flush(); untold(); setPublishing(true); };
  const discard = () => modals.openConfirmModal({
    title: page.version ? "Discard the draft?" : "Discard this journey?",
    children: <Text size="sm">{page.version ? "What is live stays as it is." : "It was never published; nobody is in it."}</Text>,
    labels: { confirm: "Discard", cancel: "Keep it" },
    confirmProps: { color: "red" },
    onConfirm: () => void (async () => {
      await editing.flush();
      const now = await draftOf(page.journey);
      try {
        if (now) await stored.discard("journey", page.journey, now.etag);
      } catch (error) {
        return toldFault(error as Error);
      }
      told("Discarded.", now ? () => void restore(now).catch(toldFault) : undefined);
      if (page.version) leave(); else await left();
    })(),
  });
  return (
    <>
      {head(
        <Group gap="xs">
          {publishes && <Button disabled={!editing.begun} onClick={() => void begin()}>Publish…</Button>}
          {more(editing.begun ? discard : undefined)}
        </Group>,
        editing.journey.name ?? page.name,
      )}
      <Editor workspace={workspace} editing={editing} forms={forms} counts={counts} entered={page.entered} done={page.done} as={view} chosen={step} choose={choose} />
      {publishing && <Publish workspace={workspace} journey={page.journey} name={editing.journey.name ?? page.name} forms={forms} live={live} drafted={editing.journey} older={olderOf(page)} takes={matchesAlready(editing.journey)} onClose={() => setPublishing(false)} onDone={() => { setPublishing(false); onPublished(); }} />}
    </>
  );
}

interface MoreProps extends Props { rehearsal: string; /** The page's head has no room for more than this. */ narrow: boolean | undefined; discard?: () => void; again: () => Promise<void>; onPublished: () => void }

/** What is done now and then. */
function More({ workspace, page, forms, edits, publishes, rehearsal, narrow, discard, again, onPublished }: MoreProps) {
  const { versions, move } = one.useSearch();
  const [back, setBack] = useState(0);
  const navigate = useNavigate();
  const look = (search: Asked & { versions?: boolean; move?: Move }) => void navigate({ to: ".", search: ((before: object) => ({ ...before, ...search })) as never, replace: true });
  const can = (command: Move) => publishes && { pause: ["live"], resume: ["paused", "closed"], close: ["live", "paused"], stop: ["live", "paused", "closed"], shadow: page.shadow ? [] : ["live", "paused", "closed"], send: page.shadow ? ["live", "paused", "closed"] : [] }[command].includes(page.status);
  const duplicate = async () => {
    try {
      const id = await duplicateJourney(page.document as unknown as Journey);
      await navigate({ to: `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}` });
    } catch (error) {
      toldFault(error as Error);
    }
  };
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={14} />}>More</Button></Menu.Target>
        <Menu.Dropdown>
          {narrow && <Menu.Item component={Link} to={rehearsal}>Rehearse</Menu.Item>}
          {edits && <Menu.Item component={Link} {...{ to: rehearsal, search: OWN as never }}>Test on me</Menu.Item>}
          {page.version > 0 && <Menu.Item onClick={() => look({ versions: true })}>Versions</Menu.Item>}
          {edits && page.version > 0 && <Menu.Item onClick={() => void duplicate()}>Duplicate</Menu.Item>}
          {discard && <Menu.Item onClick={discard}>{page.version > 0 ? "Discard the draft…" : "Discard…"}</Menu.Item>}
          {(["pause", "resume", "close", "stop"] as const).some(can) && <Menu.Divider />}
          {can("pause") && <Menu.Item onClick={() => look({ move: "pause" })}>Pause…</Menu.Item>}
          {can("resume") && <Menu.Item onClick={() => look({ move: "resume" })}>Resume…</Menu.Item>}
          {can("shadow") && <Menu.Item onClick={() => look({ move: "shadow" })}>Put in shadow…</Menu.Item>}
          {can("send") && <Menu.Item onClick={() => look({ move: "send" })}>Let it send…</Menu.Item>}
          {can("close") && <Menu.Item onClick={() => look({ move: "close" })}>Close…</Menu.Item>}
          {can("stop") && <Menu.Item c="var(--mantine-color-error)" onClick={() => look({ move: "stop" })}>Stop…</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {move && can(move) && <MoveDialog journey={page.journey} name={page.name} move={move} onClose={() => look({ move: undefined })} onDone={() => { look({ move: undefined }); void again(); }} />}
      {versions && page.version > 0 && <Versions workspace={workspace} journey={page.journey} steps={wordsOf(page, forms)} mayPublish={publishes} onClose={() => look({ ...UNASKED, versions: undefined })} onBack={(version) => { look({ ...UNASKED, versions: undefined }); setBack(version); }} />}
      {back > 0 && <Publish workspace={workspace} journey={page.journey} name={page.name} forms={forms} live={page.document as unknown as Journey} older={olderOf(page)} version={back} onClose={() => setBack(0)} onDone={() => { setBack(0); onPublished(); }} />}
    </>
  );
}

function says(people: number): string {
  return people === 1 ? "1 person" : `${people.toLocaleString("en")} people`;
}
