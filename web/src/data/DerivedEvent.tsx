/** One derived event: its name and what it is made of, as a draft with live matches; published with a plan; what uses it. */
import { ActionIcon, Anchor, Button, Code, Grid, Menu, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { Kept, Others } from "../drafts/Kept";
import { useWhole } from "../drafts/useWhole";
import { useNames } from "../journeys/called";
import { discard, draftOf, write, type Draft } from "../segments/draft";
import { may, session } from "../session/session";
import { Back } from "../ui/Back";
import { Card } from "../ui/Card";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Standing } from "../ui/Standing";
import { told, toldFault } from "../ui/told";
import { MadeOf } from "./MadeOf";
import { Occurrences } from "./Occurrences";
import { Publish } from "./Publish";
import { oneDerived } from "./room";

type Live = Schemas["DerivedEvent"];
interface Body { event: string; name: string; formerly?: string[]; note?: string; rule: string }

export function DerivedEvent() {
  const { workspace, event } = oneDerived.useParams();
  const { data: now } = useQuery(session);
  const home = `/${encodeURIComponent(workspace)}`;
  const found = useQuery({ queryKey: ["derived", workspace, "one", event], queryFn: () => liveOf(event) });
  const draft = useQuery({ queryKey: ["draft", workspace, "event", event], queryFn: () => draftOf(event, "event"), refetchOnWindowFocus: false, gcTime: 0 });
  const failed = found.error ?? draft.error;
  const back = <Back to={`${home}/data/derived`}>Derived events</Back>;
  if (failed) return <>{back}<Failed whole error={failed} again={() => { void found.refetch(); void draft.refetch(); }} /></>;
  if (found.data === undefined || !draft.data || !now) return <Waiting head />;
  if (!found.data && !draft.data.body) return <>{back}<Failed whole error={new Refused(404, `There is no derived event “${event}”.`, "It may have been deleted.")} /></>;
  const edits = may(now, workspace, "segments:edit");
  return (
    <>
      {back}
      <Page key={`${draft.data.etag} ${found.data?.over}`} live={found.data} draft={draft.data} event={event} home={home} edits={edits} publishes={may(now, workspace, "journeys:publish")} sees={may(now, workspace, "people:read")}
        again={() => { void found.refetch(); void draft.refetch(); }} />
    </>
  );
}

interface Props { live: Live | null; draft: Draft; event: string; home: string; edits: boolean; publishes: boolean; sees: boolean; again: () => void }

function Page({ live, draft, event, home, edits, publishes, sees, again }: Props) {
  const { workspace } = oneDerived.useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const said: Body = live ? { event, name: live.name, ...(live.formerly.length && { formerly: live.formerly }), ...(live.note && { note: live.note }), rule: live.rule } : { event, name: event, rule: "" };
  const [begun, setBegun] = useState(draft.body !== null);
  const [publishing, setPublishing] = useState(false);
  const whole = useWhole<Body>("event", event, { value: { ...said, ...draft.body } as Body, etag: draft.etag }, async (next, etag) => {
    const made = await write(event, { ...next }, etag, "event");
    setBegun(true);
    return made;
  }, async () => (await draftOf(event, "event")).etag);
  const body = whole.now;
  const change = (by: Partial<Body>) => whole.edit({ ...body, ...by }, Object.keys(by).join());
  /** A name that was in force goes on meaning it. */
  const rename = (name: string) => {
    const former = live ? [live.name, ...live.formerly].filter((each) => each !== name) : [];
    const next: Body = { ...body, name, formerly: former };
    if (!former.length) delete next.formerly;
    whole.edit(next, "name");
  };
  const refresh = () => { void client.invalidateQueries({ queryKey: ["derived"] }); void client.invalidateQueries({ queryKey: ["rules", "words"] }); again(); };
  const forget = async () => {
    await whole.flush();
    await discard(event, "event");
    refresh();
    told("The draft is discarded.", () => void write(event, { ...body }, "", "event").then(refresh).catch(toldFault));
  };
  const remove = () => modals.openConfirmModal({
    title: `Delete “${body.name}”?`,
    children: <Text size="sm">{live ? "No event is deleted: only the name goes. Segments and journeys that use it have to be changed first." : "It is only a draft; nothing uses it."}</Text>,
    labels: { confirm: "Delete", cancel: "Keep it" },
    confirmProps: { color: "red" },
    onConfirm: () => void (async () => {
      try {
        if (live) {
          const gone = await data(api.DELETE("/api/derived-events/{name}", { params: { path: { name: event }, query: { over: live.over } } }));
          if (gone.waiting !== null) return told("It waits for somebody else's approval.");
        } else await discard(event, "event");
        void client.invalidateQueries({ queryKey: ["derived"] });
        void navigate({ to: `${home}/data/derived` });
        told(`“${body.name}” is deleted.`, () => void write(event, { ...body }, "", "event").then(() => navigate({ to: `${home}/data/derived/${event}` })).catch(toldFault));
      } catch (error) {
        toldFault(error as Error);
      }
    })(),
  });
  return (
    <>
      <PageHead title={body.name || event} about="An event of yours that matches is this one too: in segments, triggers, waits, goals and reports." mark={!live && <Standing colour="blue">Draft</Standing>}>
        <Others workspace={workspace} of={whole.others} />
        {publishes && begun && body.rule.trim() !== "" && <Button onClick={() => void whole.flush().then(() => setPublishing(true))}>Publish…</Button>}
        {(publishes || !live) && edits && (
          <Menu position="bottom-end">
            <Menu.Target><ActionIcon variant="default" size="lg" aria-label="More"><IconDots size={16} /></ActionIcon></Menu.Target>
            <Menu.Dropdown><Menu.Item color="red" onClick={remove}>Delete…</Menu.Item></Menu.Dropdown>
          </Menu>
        )}
      </PageHead>
      {publishing && <Publish event={event} name={body.name} close={() => setPublishing(false)} done={refresh} />}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Card title="It is any of these">
              <MadeOf value={body.rule} onChange={(rule) => { if (rule !== body.rule) change({ rule }); }} without={[body.name, ...(body.formerly ?? [])]} readOnly={!edits} />
              {body.rule && <Code block mt="sm" fz="xs" aria-label="As a sentence" style={{ whiteSpace: "pre-wrap" }}>{body.rule}</Code>}
              <Kept workspace={workspace} of={whole} begun={begun} theirs={again}>
                {begun && live && <Button size="xs" variant="default" onClick={() => void forget().catch(toldFault)}>Discard draft</Button>}
              </Kept>
              {begun && live && body.rule !== live.rule && <><Text size="xs" c="dimmed" mt="sm" mb={4}>In force now:</Text><Code block style={{ whiteSpace: "pre-wrap" }}>{live.rule}</Code></>}
            </Card>
            <Card title="What it is called">
              <Stack gap="sm">
                <TextInput label="Name" description="Rules say it in quotes." value={body.name} readOnly={!edits} onChange={(typed) => rename(typed.currentTarget.value)} />
                {(body.formerly?.length ?? 0) > 0 && <Text size="xs" c="dimmed">Formerly {body.formerly!.map((each) => `“${each}”`).join(", ")}: what says that goes on meaning this event.</Text>}
                <Textarea label="Note" description="Anything worth knowing." autosize minRows={1} value={body.note ?? ""} readOnly={!edits} onChange={(typed) => change({ note: typed.currentTarget.value })} />
              </Stack>
            </Card>
            {live && (
              <Card title="Used by">
                {live.used_by.length === 0 ? <Text size="sm" c="dimmed">Nothing uses it yet. Choose it wherever an event is asked for.</Text> : <Uses of={live.used_by} home={home} />}
              </Card>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          {sees && <Card title="In the last 30 days"><Occurrences rule={body.rule} event={event} home={home} /></Card>}
        </Grid.Col>
      </Grid>
    </>
  );
}

const PLACES: Record<string, string> = { journey: "journeys", segment: "segments", event: "data/derived" };

function Uses({ of, home }: { of: Schemas["EventUse"][]; home: string }) {
  const names = useNames(oneDerived.useParams().workspace);
  return (
    <Stack gap={4}>
      {of.map((use) => {
        const kind = use.kind.replace("draft of ", "");
        return <Text key={`${use.kind} ${use.name}`} size="sm">{use.kind.replace("event", "derived event")} <Anchor component={Link} to={`${home}/${PLACES[kind]}/${use.name}`} fz="sm" c="inherit" td="underline">{names.of({ kind, name: use.name })}</Anchor></Text>;
      })}
    </Stack>
  );
}

/** The one in force; null where there is none of that id. */
async function liveOf(name: string): Promise<Live | null> {
  try {
    return await data(api.GET("/api/derived-events/{name}", { params: { path: { name } } }));
  } catch (error) {
    if (error instanceof Refused && error.code === "no_derived_event") return null;
    throw error;
  }
}

