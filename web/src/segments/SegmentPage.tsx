/** One segment: its rule, drawn and written as a draft with a live count, published with a plan; who is in it, why, how many there were. */
import { ActionIcon, Anchor, Button, Code, Grid, Group, Menu, Stack, Text, TextInput, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent, type RefObject } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { Kept, Others } from "../drafts/Kept";
import { SAME } from "../drafts/past";
import { useWhole } from "../drafts/useWhole";
import { useNames } from "../journeys/called";
import { called } from "../people/called";
import { Count, type Listed } from "../rules/matching";
import { RuleBuilder } from "../rules/RuleBuilder";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { here, local, Moment } from "../ui/moment";
import { Back } from "../ui/Back";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Standing } from "../ui/Standing";
import { Reasons } from "../ui/Reasons";
import { told, toldFault } from "../ui/told";
import { discard, draftOf, write, type Draft } from "./draft";
import { HowMany } from "./HowMany";
import { Members, move } from "./Members";
import { NewSegment } from "./NewSegment";
import { Publish } from "./Publish";
import { Size } from "./Size";
import { one } from "./room";

type Segment = Schemas["Segment"];

export function SegmentPage() {
  const { workspace, segment: name } = one.useParams();
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const navigate = useNavigate();
  const names = useNames(workspace);
  const home = `/${encodeURIComponent(workspace)}`;
  const [publishing, setPublishing] = useState(false);
  const [copying, setCopying] = useState(false);
  const [drafted, setDrafted] = useState<string | null>(null);
  const [others, setOthers] = useState<string[]>([]);
  const flush = useRef(() => Promise.resolve());
  const found = useQuery({ queryKey: ["segment", workspace, name], queryFn: () => segmentOf(name), refetchInterval: ({ state }) => (!state.data ? 10_000 : state.data.counted < 1 ? 800 : 2000) });
  const draft = useQuery({ queryKey: ["draft", workspace, "segment", name], queryFn: () => draftOf(name), refetchOnWindowFocus: false, gcTime: 0 });
  const failed = found.error ?? draft.error;
  const back = <Back to={`${home}/segments`}>Segments</Back>;
  if (failed) return <>{back}<Failed whole error={failed} again={() => { void found.refetch(); void draft.refetch(); }} /></>;
  if (found.data === undefined || !draft.data || !now) return <Waiting head />;
  const segment = found.data;
  const body = draft.data.body;
  if (!segment && !body) return <>{back}<Failed whole error={new Refused(404, `There is no segment “${name}”.`, "It may have been deleted or renamed.")} /></>;
  const edits = may(now, workspace, "segments:edit");
  const publishes = may(now, workspace, "journeys:publish");
  const sees = may(now, workspace, "people:read");
  const manual = segment ? segment.rule === null : body?.manual === true;
  const title = segment?.name ?? (typeof body?.name === "string" ? body.name : name);
  const again = () => { setDrafted(null); void client.invalidateQueries({ queryKey: ["segments"] }); void found.refetch(); void draft.refetch(); };
  const remove = () =>
    modals.openConfirmModal({
      title: `Delete “${title}”?`,
      children: <Text size="sm">{segment ? "Nobody is deleted: only the segment goes, and what it had counted. Journeys and segments that use it have to be changed first." : "It is only a draft; nothing uses it."}</Text>,
      labels: { confirm: "Delete the segment", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => void (async () => {
        try {
          const rule = segment ? { segment: name, name: segment.name, note: segment.note, ...(manual ? { manual: true } : { rule: segment.rule }) } : body!;
          if (segment) {
            const gone = await data(api.DELETE("/api/segments/{name}", { params: { path: { name }, query: { over: segment.over } } }));
            if (gone.waiting !== null) return told("It waits for somebody else's approval.");
          } else await discard(name);
          void client.invalidateQueries({ queryKey: ["segments"] });
          void navigate({ to: `${home}/segments` });
          told(`“${title}” is deleted.`, () => void write(name, rule, "").then(() => navigate({ to: `${home}/segments/${name}` })).catch(toldFault));
        } catch (error) {
          toldFault(error as Error);
        }
      })(),
    });
  const own = body ?? { segment: name, name: segment!.name, ...(segment!.note && { note: segment!.note }), ...(manual ? { manual: true } : { rule: segment!.rule }) };
  const written = drafted ?? (body ? String(body.rule ?? "") : null);
  return (
    <>
      {back}
      <PageHead title={title} about={segment?.note || undefined} mark={segment ? <HowMany of={segment} /> : <Standing colour="blue">Draft</Standing>}>
        <Others workspace={workspace} of={others} />
        {publishes && written !== null && (manual || written.trim() !== "") && <Button onClick={() => void flush.current().then(() => setPublishing(true))}>Publish…</Button>}
        {edits && (
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="default" size="lg" aria-label="More"><IconDots size={16} /></ActionIcon></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setCopying(true)}>Duplicate…</Menu.Item>
              {(publishes || !segment) && <Menu.Item color="red" onClick={remove}>Delete…</Menu.Item>}
            </Menu.Dropdown>
          </Menu>
        )}
      </PageHead>
      {publishing && <Publish name={name} rule={manual ? "" : (written ?? "")} close={() => setPublishing(false)} done={again} />}
      {copying && <NewSegment close={() => setCopying(false)} home={home} taken={[name]} of={{ name: title, rule: manual ? null : (written ?? segment?.rule ?? "") }} />}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Card title="Rule">
              {manual ? <Text size="sm" c="dimmed">Kept by hand: people are put in and taken out by you, by steps of journeys, or over the API.</Text>
                : edits ? <Editor key={`${name} ${draft.data.etag}`} segment={segment} own={own} draft={draft.data} again={again} wrote={setDrafted} counts={sees} met={setOthers} flush={flush} />
                : <RuleBuilder value={segment?.rule ?? written ?? ""} onChange={() => undefined} readOnly />}
            </Card>
            {manual && segment && may(now, workspace, "people:edit") && <Card title="Put people in, or take them out"><Members name={name} /></Card>}
            {segment && (
              <Card title="Used by">
                {segment.journeys.length + segment.segments.length === 0 ? <Text size="sm" c="dimmed">Nothing uses it.</Text> : (
                  <Stack gap={4}>
                    {segment.journeys.length > 0 && <Text size="sm">Journeys: {segment.journeys.map((other, n) => <span key={other}>{n > 0 && ", "}<Anchor component={Link} to={`${home}/journeys/${other}`} fz="sm" c="inherit" td="underline">{names.journey(other)}</Anchor></span>)}</Text>}
                    {segment.segments.length > 0 && (
                      <Text size="sm">Segments: {segment.segments.map((other, n) => <span key={other}>{n > 0 && ", "}<Anchor component={Link} to={`${home}/segments/${other}`} fz="sm" c="inherit" td="underline">{names.segment(other)}</Anchor></span>)}</Text>
                    )}
                  </Stack>
                )}
              </Card>
            )}
          </Stack>
        </Grid.Col>
        {segment && (
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack gap="md">
              <Card title="Size over time"><Size workspace={workspace} name={name} now={segment.counted < 1 ? null : segment.people} /></Card>
              {sees && <Card title="Some of its people"><People workspace={workspace} name={name} counted={segment.counted === 1} manual={manual && may(now, workspace, "people:edit")} /></Card>}
              {sees && <Card title="Why, or why not"><Why workspace={workspace} name={name} /></Card>}
            </Stack>
          </Grid.Col>
        )}
      </Grid>
    </>
  );
}

/** The segment in force; null where there is none of that name. */
async function segmentOf(name: string): Promise<Segment | null> {
  try {
    return await data(api.GET("/api/segments/{name}", { params: { path: { name } } }));
  } catch (error) {
    if (error instanceof Refused && error.code === "no_segment") return null;
    throw error;
  }
}

interface Editing { segment: Segment | null; own: Record<string, unknown>; draft: Draft; again: () => void; wrote: (rule: string) => void; counts: boolean; met: (others: string[]) => void; flush: RefObject<() => Promise<void>> }

function Editor({ segment, own, draft, again, wrote, counts, met, flush }: Editing) {
  const { workspace } = one.useParams();
  const name = String(own.segment);
  const [begun, setBegun] = useState(draft.body !== null);
  const [typed, setTyped] = useState({ text: String(own.rule ?? ""), readable: true });
  const whole = useWhole<string>("segment", name, { value: String(own.rule ?? ""), etag: draft.etag }, async (rule, etag) => {
    const made = await write(name, { ...own, rule }, etag);
    setBegun(true);
    wrote(rule);
    return made;
  }, async () => (await draftOf(name)).etag);
  const text = whole.now;
  const { others } = whole;
  useEffect(() => met(others), [met, others]);
  useEffect(() => { flush.current = whole.flush; });
  const forget = async () => {
    await whole.flush();
    await discard(name);
    again();
    told("The draft is discarded.", () => void write(name, { ...own, rule: text }, "").then(again).catch(toldFault));
  };
  return (
    <Stack gap="sm">
      <RuleBuilder value={text} onChange={(said, can, reprinted) => { setTyped({ text: said, readable: can }); if (said !== text) whole.edit(said, reprinted ? SAME : "typed"); }} />
      {counts && <Count rule={typed.text === text && !typed.readable ? "" : text} some={text.trim() === segment?.rule ? undefined : (people) => <SuchAs workspace={workspace} people={people} />} />}
      <Kept workspace={workspace} of={whole} begun={begun} theirs={again}>
        {begun && segment && <Button size="xs" variant="default" onClick={() => void forget().catch(toldFault)}>Discard draft</Button>}
      </Kept>
      {begun && segment?.rule && text.trim() !== segment.rule && (
        <div>
          <Text size="xs" c="dimmed" mb={4}>In force, and what the people here are counted by:</Text>
          <Code block style={{ whiteSpace: "pre-wrap" }}>{segment.rule}</Code>
        </div>
      )}
    </Stack>
  );
}

/** Some of those whom a rule that is not in force yet would have. */
function SuchAs({ workspace, people }: { workspace: string; people: Listed[] }) {
  return (
    <Text size="sm" c="dimmed" mt={2}>
      Such as {people.map((each, n) => <span key={each.person}>{n > 0 && ", "}<Anchor component={Link} to={`/${encodeURIComponent(workspace)}/people/${each.person}`} fz="sm" c="inherit" td="underline">{called(each)}</Anchor></span>)}
    </Text>
  );
}

function People({ workspace, name, counted, manual }: { workspace: string; name: string; counted: boolean; manual: boolean }) {
  const found = useQuery({
    queryKey: ["segment", workspace, name, "people", counted],
    queryFn: () => data(api.GET("/api/segments/{name}/people", { params: { path: { name } } })),
    refetchInterval: counted ? 5000 : 2000,
    placeholderData: (before) => before,
  });
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Waiting rows={3} />;
  if (!found.data.people.length) return <Text size="sm" c="dimmed">{counted ? "Nobody is in it now." : "Nobody is found yet."}</Text>;
  return (
    <Stack gap={6}>
      {[...found.data.people].sort((a, b) => b.since.localeCompare(a.since)).map((person) => (
        <Group key={person.person} justify="space-between" wrap="nowrap" gap="xs">
          <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/people/${person.person}`} fz="sm" c="inherit" fw={550} truncate>{called(person)}</Anchor>
          <Group gap="xs" wrap="nowrap">
            <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>entered <Moment at={person.since} /></Text>
            {manual && <Button size="compact-xs" variant="subtle" aria-label={`Take ${called(person)} out`} onClick={() => void move(name, [person.person], false).catch(toldFault)}>Take out</Button>}
          </Group>
        </Group>
      ))}
      <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/people`} search={{ segment: name } as never} fz="sm" mt={4}>All of them, in People</Anchor>
    </Stack>
  );
}

function Why({ workspace, name }: { workspace: string; name: string }) {
  const [text, setText] = useState("");
  const [person, setPerson] = useState("");
  const [at, setAt] = useState("");
  const moment = at ? new Date(at).toISOString() : "";
  const found = useQuery({
    queryKey: ["segment", workspace, name, "why", person, moment],
    queryFn: () => data(api.GET("/api/segments/{name}/why", { params: { path: { name }, query: { person, at: moment } } })),
    enabled: person !== "",
    retry: false,
  });
  const ask = (event: FormEvent) => { event.preventDefault(); setPerson(text.trim()); };
  return (
    <Stack gap="sm">
      <Group component="form" gap="xs" wrap="nowrap" {...{ onSubmit: ask }}>
        <TextInput aria-label="Email or id" placeholder="Email or id" value={text} onChange={(event) => setText(event.currentTarget.value)} flex={1} />
        <Button type="submit" variant="default" disabled={!text.trim()}>Ask</Button>
      </Group>
      {person !== "" && <TextInput type="datetime-local" step={1} label="As of" description="Left out: now. Times are in your own zone." max={here(new Date())} value={at} onChange={(event) => setAt(event.currentTarget.value)} maw={240} />}
      {found.error && <Failed error={found.error} />}
      {found.data && (
        <div role="status">
          <Text size="xs" c="dimmed">{found.data.person}</Text>
          <Text size="sm" fw={600}>{local(found.data.answer)}</Text>
          <Reasons of={found.data.reasons} />
          {found.data.path.length > 0 && <><Title order={3} fz="sm" mt="xs">What happened</Title><Reasons of={found.data.path} /></>}
        </div>
      )}
    </Stack>
  );
}
