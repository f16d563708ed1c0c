/** One segment: its rule, edited as a draft and checked as it is typed; who is in it; why somebody is or is not. */
import { Anchor, Badge, Button, Code, Grid, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data, Refused, tagged, type Schemas } from "../api/client";
import { useAutosave } from "../api/autosave";
import { called } from "../people/People";
import { RuleBuilder } from "../rules/RuleBuilder";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { one } from "./room";

type Segment = Schemas["Segment"];

export function SegmentPage() {
  const { workspace, segment: name } = one.useParams();
  const { data: now } = useQuery(session);
  const home = `/${encodeURIComponent(workspace)}`;
  const path = { name };
  const found = useQuery({
    queryKey: ["segment", workspace, name],
    queryFn: () => data(api.GET("/api/segments/{name}", { params: { path } })),
    refetchInterval: 2000,
  });
  const draft = useQuery({ queryKey: ["draft", workspace, "segment", name], queryFn: () => draftOf(name), refetchOnWindowFocus: false });
  const failed = found.error ?? draft.error;
  if (failed) return <Failed error={failed} again={() => { void found.refetch(); void draft.refetch(); }} />;
  if (!found.data || !draft.data || !now) return <Waiting />;
  const segment = found.data;
  const edits = may(now, workspace, "segments:edit") && may(now, workspace, "content:edit");
  const sees = may(now, workspace, "people:read");
  return (
    <>
      <Text size="sm" mb={4}><Anchor component={Link} to={`${home}/segments`} c="dimmed">Segments</Anchor></Text>
      <PageHead title={segment.name} about={segment.note || undefined}>
        <Badge variant="light" size="lg" tt="none" className="figures">{segment.people.toLocaleString("en")} {segment.people === 1 ? "person" : "people"}</Badge>
      </PageHead>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Card title="Rule">
              {segment.rule === null ? <Text size="sm" c="dimmed">Kept by hand: people are put in and taken out by steps of journeys or over the API.</Text>
                : edits ? <Editor key={`${name} ${draft.data.etag}`} segment={segment} rule={segment.rule} draft={draft.data} again={() => void draft.refetch()} />
                : <Code block style={{ whiteSpace: "pre-wrap" }}>{segment.rule}</Code>}
            </Card>
            <Card title="Used by">
              {segment.journeys.length + segment.segments.length === 0 ? <Text size="sm" c="dimmed">Nothing uses it.</Text> : (
                <Stack gap={4}>
                  {segment.journeys.length > 0 && <Text size="sm">Journeys: {segment.journeys.join(", ")}</Text>}
                  {segment.segments.length > 0 && (
                    <Text size="sm">Segments: {segment.segments.map((other, n) => <span key={other}>{n > 0 && ", "}<Anchor component={Link} to={`${home}/segments/${other}`} fz="sm">{other}</Anchor></span>)}</Text>
                  )}
                </Stack>
              )}
            </Card>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            {sees && <Card title="Some of its people"><People workspace={workspace} name={name} /></Card>}
            {sees && <Card title="Why, or why not"><Why workspace={workspace} name={name} /></Card>}
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

interface Draft { body: Record<string, unknown> | null; etag: string; by: string }

/** The draft there is; where there is none, one that is not written yet. */
async function draftOf(name: string): Promise<Draft> {
  try {
    const found = await tagged(api.GET("/api/drafts/{kind}/{name}", { params: { path: { kind: "segment", name } } }));
    return { body: found.data.body, etag: found.etag, by: found.data.changed_by };
  } catch (error) {
    if (error instanceof Refused && error.code === "no_draft") return { body: null, etag: "", by: "" };
    throw error;
  }
}

const WORDS = { saved: "Draft saved", waiting: "Saving…", saving: "Saving…", overtaken: "Not saved", failed: "Not saved" };

function Editor({ segment, rule, draft, again }: { segment: Segment; rule: string; draft: Draft; again: () => void }) {
  const [text, setText] = useState(typeof draft.body?.rule === "string" ? draft.body.rule : rule);
  const [begun, setBegun] = useState(draft.body !== null);
  const body = draft.body ?? { segment: segment.segment, name: segment.name, ...(segment.note && { note: segment.note }) };
  const path = { kind: "segment" as const, name: segment.segment };
  const saving = useAutosave<string>(draft.etag, async (rule, etag) => {
    const headers = etag ? { "if-match": etag } : { "if-none-match": "*" };
    const written = await tagged(api.PUT("/api/drafts/{kind}/{name}", { params: { path }, headers, body: { body: { ...body, rule } } }));
    setBegun(true);
    return written.etag;
  });
  const discard = async () => {
    await saving.flush();
    const now = await draftOf(segment.segment);
    if (now.etag) await api.DELETE("/api/drafts/{kind}/{name}", { params: { path }, headers: { "if-match": now.etag } });
    setText(rule);
    setBegun(false);
    again();
  };
  return (
    <Stack gap="sm">
      <RuleBuilder value={text} onChange={(typed) => { setText(typed); saving.change(typed); }} />
      {saving.fault && <Failed error={saving.fault} again={saving.state === "overtaken" ? again : () => void saving.flush()} />}
      {begun && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">{WORDS[saving.state]}. It reaches nobody until it is published.</Text>
          <Button size="xs" variant="default" onClick={() => void discard()}>Discard draft</Button>
        </Group>
      )}
      {begun && text.trim() !== rule && (
        <div>
          <Text size="xs" c="dimmed" mb={4}>In force, and what the people here are counted by:</Text>
          <Code block style={{ whiteSpace: "pre-wrap" }}>{rule}</Code>
        </div>
      )}
    </Stack>
  );
}

function People({ workspace, name }: { workspace: string; name: string }) {
  const found = useQuery({
    queryKey: ["segment", workspace, name, "people"],
    queryFn: () => data(api.GET("/api/segments/{name}/people", { params: { path: { name } } })),
    refetchInterval: 5000,
  });
  if (found.error) return <Failed error={found.error} />;
  if (!found.data) return <Waiting rows={3} />;
  if (!found.data.people.length) return <Text size="sm" c="dimmed">Nobody is in it now.</Text>;
  return (
    <Stack gap={6}>
      {found.data.people.map((person) => (
        <Group key={person.person} justify="space-between" wrap="nowrap" gap="xs">
          <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/people/${person.person}`} fz="sm" c="inherit" fw={550} truncate>{called(person)}</Anchor>
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>in since <Moment at={person.since} /></Text>
        </Group>
      ))}
    </Stack>
  );
}

function Why({ workspace, name }: { workspace: string; name: string }) {
  const [text, setText] = useState("");
  const [person, setPerson] = useState("");
  const found = useQuery({
    queryKey: ["segment", workspace, name, "why", person],
    queryFn: () => data(api.GET("/api/segments/{name}/why", { params: { path: { name }, query: { person } } })),
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
      {found.error && <Failed error={found.error} />}
      {found.data && (
        <div role="status">
          <Text size="xs" c="dimmed">{found.data.person}</Text>
          <Text size="sm" fw={600}>{found.data.answer}</Text>
          <Lines of={found.data.reasons} />
          {found.data.path.length > 0 && <><Title order={3} fz="sm" mt="xs">What happened</Title><Lines of={found.data.path} /></>}
        </div>
      )}
    </Stack>
  );
}

function Lines({ of }: { of: string[] }) {
  if (!of.length) return null;
  return <Stack component="ul" gap={4} m={0} mt={4} p={0} style={{ listStyle: "none" }}>{of.map((line, n) => <Text key={n} component="li" size="sm" style={{ whiteSpace: "pre-wrap" }}>{line}</Text>)}</Stack>;
}

function Card({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-label={title}>
      <Title order={2} mb="xs">{title}</Title>
      {children}
    </Paper>
  );
}
