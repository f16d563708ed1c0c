/** One person: who they are, where they stand, what happened, and why they are or are not in a journey. */
import { Anchor, Badge, Button, Grid, Group, Modal, Select, Stack, Text, TextInput, Timeline, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Derived } from "../ui/Derived";
import { clock, day, here, local, Moment } from "../ui/moment";
import { Back } from "../ui/Back";
import { List, Order } from "../ui/ListPage";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Standing } from "../ui/Standing";
import { Reasons } from "../ui/Reasons";
import { CameFrom } from "./CameFrom";
import { Changes } from "./Changes";
import { Agreed, Attributes, More } from "./Editing";
import { useNames } from "../journeys/called";
import { Sentence } from "../journeys/Sentences";
import { called } from "./called";
import { Pairs } from "./Pairs";
import { one, type Narrowed } from "./room";
import { happened, isTold, step, type Row as Said } from "./happened";

type PersonData = Schemas["Whole"];
type Row = Schemas["api_shown_Row"];

export function PersonPage() {
  const { workspace, person: id } = one.useParams();
  const path = { kind: "cio_id", value: id };
  const session_ = useQuery(session).data;
  const edits = !!session_ && may(session_, workspace, "people:edit");
  const names = useNames(workspace);
  const [asked, setAsked] = useState<string | null>(null);
  const found = useQuery({
    queryKey: ["person", workspace, id],
    queryFn: async () => await data(api.GET("/api/people/{kind}/{value}", { params: { path } })),
    refetchInterval: 5000,
  });
  const back = <Back to={`/${encodeURIComponent(workspace)}/people`}>People</Back>;
  if (found.error) return <>{back}<Failed whole error={found.error} again={() => void found.refetch()} /></>;
  if (!found.data) return <Waiting head />;
  const who = found.data;
  const first = who.attributes.name ?? [who.attributes.first_name, who.attributes.last_name].filter(Boolean).join(" ");
  const name = called({ ...who, name: typeof first === "string" ? first : null });
  return (
    <>
      {back}
      <PageHead title={name} about={<>{[who.email, who.id].filter((each) => each && each !== name).map((each) => `${each} · `)}Known since {day(who.created)}, last seen <Moment at={who.last_seen} /></>} mark={who.consent.unsubscribed && <Standing colour="red">Unsubscribed</Standing>}>
        {edits && <More who={who} path={path} name={name} home={`/${encodeURIComponent(workspace)}`} />}
      </PageHead>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}><History path={path} /></Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <Card title="Journeys"><Journeys who={who} path={path} home={`/${encodeURIComponent(workspace)}`} /></Card>
            {asked && <Changes path={path} name={asked} close={() => setAsked(null)} />}
            <Card title="Attributes">
              {edits ? <Attributes who={who} path={path} /> : <Pairs pairs={Object.entries(who.attributes)} none="No attributes yet." open={setAsked} />}
            </Card>
            <Card title="Consent">
              {edits ? <Agreed who={who} path={path} /> : (
                <>
                  <Text size="sm">{who.consent.unsubscribed ? "Gets no marketing." : "Gets marketing."}</Text>
                  <Pairs pairs={Object.entries({ ...who.consent.topics, ...who.consent.channels }).map(([topic, on]) => [topic, on ? "subscribed" : "unsubscribed"])} none="" />
                </>
              )}
              {who.consent.said && <Text size="xs" c="dimmed" mt={6}>They last spoke of it <Moment at={who.consent.said} />.</Text>}
            </Card>
            <Card title="Identifiers">
              <Pairs pairs={who.identifiers.map((each) => [each.kind, each.value])} none="None" />
            </Card>
            <Card title="Segments">
              {who.segments.length ? <Group gap={6}>{who.segments.map((each) => <Badge key={each.segment} component={Link} to={`/${encodeURIComponent(workspace)}/segments/${encodeURIComponent(each.segment)}`} style={{ cursor: "pointer" }}>{names.segment(each.segment)}</Badge>)}</Group>
                : <Text size="sm" c="dimmed">In no segment.</Text>}
            </Card>
            {who.groups.length > 0 && (
              <Card title="Groups">
                {who.groups.map((group) => (
                  <div key={group.type + group.key}>
                    <Text size="sm" fw={550}>{group.type} {group.key}</Text>
                    <Pairs pairs={Object.entries(group.attributes)} none="" />
                  </div>
                ))}
              </Card>
            )}
            {who.devices.length > 0 && (
              <Card title="Devices">
                {who.devices.map((device) => <Text size="sm" key={device.token}>{device.platform}, last used <Moment at={device.last_used} /></Text>)}
              </Card>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

type Path = { kind: string; value: string };

function Journeys({ who, path, home }: { who: PersonData; path: Path; home: string }) {
  const [journey, setJourney] = useState<string | null>(null);
  const [opened, { open, close }] = useDisclosure();
  const all = useQuery({
    queryKey: ["journeys", path],
    queryFn: async () => (await data(api.GET("/api/journeys"))).journeys,
  });
  const { workspace } = one.useParams();
  const names = useNames(workspace, who.journeys.map((run) => run.journey));
  return (
    <Stack gap="xs">
      {who.journeys.map((run) => (
        <div key={run.journey}>
          <Anchor component={Link} size="sm" fw={550} c="inherit" to={`${home}/journeys/${encodeURIComponent(run.journey)}`}>{names.journey(run.journey)}</Anchor>
          <Text size="sm" c="dimmed">
            {run.parked ? <>Stands still at <b>{names.step(run.journey, run.step)}</b>: {local(run.parked)}. <Link {...{ to: `${home}/parked`, search: { journey: run.journey } as never }}>Let it try again</Link></> : <>At <b>{names.step(run.journey, run.step)}</b>, entered <Moment at={run.since} />{run.next && <>, goes on <Moment at={run.next} /></>}</>}
          </Text>
        </div>
      ))}
      {!who.journeys.length && <Text size="sm" c="dimmed">In no journey now.</Text>}
      <Select mt={4} aria-label="Why, or why not" placeholder="Why, or why not, in…" data={(all.data ?? []).map((each) => ({ value: each.journey, label: each.name || each.journey }))}
        value={null} onChange={(value) => { if (value) { setJourney(value); open(); } }} />
      <Modal opened={opened} onClose={close} title={`Why, or why not: ${all.data?.find((each) => each.journey === journey)?.name || journey}`} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        {journey && <Why path={path} journey={journey} workspace={workspace} />}
      </Modal>
    </Stack>
  );
}

function Why({ path, journey, workspace }: { path: Path; journey: string; workspace: string }) {
  const [at, setAt] = useState("");
  const moment = at ? new Date(at).toISOString() : "";
  const found = useQuery({
    queryKey: ["why", path, journey, moment],
    queryFn: async () => await data(api.GET("/api/people/{kind}/{value}/why/{journey}", { params: { path: { ...path, journey }, query: { at: moment } } })),
    placeholderData: (before) => before,
    retry: false,
  });
  const names = useNames(workspace, [journey]);
  const steps = names.steps(journey);
  const moves = found.data?.moves.map((each) => ({ at: each.at, ...step(journey, each, names) })) ?? [];
  return (
    <Stack gap="sm">
      <TextInput type="datetime-local" step={1} label="As of" description="Left out: now. Times are in your own zone." max={here(new Date())} value={at} onChange={(event) => setAt(event.currentTarget.value)} w={240} />
      {found.error ? <Failed error={found.error} /> : !found.data ? <Waiting rows={3} /> : (
        <>
          <Text fw={600}><Sentence of={found.data.answer} steps={steps} /></Text>
          <Reasons of={found.data.reasons} />
          {moves.length > 0 && (
            <>
              <Title order={3} fz="sm">The way through</Title>
              <Stack gap={4} component="ol" m={0} pl="md" aria-label="The way through">
                {moves.map(({ at, says, about }, n) => <Text key={n} component="li" size="sm">{says} <Text span size="xs" c="dimmed"><time dateTime={at}>{clock(at)}</time>{about && `, ${local(about)}`}</Text></Text>)}
              </Stack>
            </>
          )}
          {found.data.deliveries.length > 0 && (
            <>
              <Title order={3} fz="sm">Its messages</Title>
              <Stack gap={4} component="ul" m={0} pl="md" aria-label="Its messages">
                {found.data.deliveries.toReversed().map((each) => <Text key={each.id} component="li" size="sm"><Link to={`/${encodeURIComponent(workspace)}/deliveries/${each.id}`}>{names.message(each.template)}</Link> <Text span size="xs" c="dimmed">{local(each.story.slice(1).join(" "))}</Text></Text>)}
              </Stack>
            </>
          )}
        </>
      )}
    </Stack>
  );
}

const KINDS = [["", "Everything"], ["track", "Events"], ["message", "Messages"], ["journey", "Journeys"], ["segment", "Segments"], ["attributes", "Attributes"], ["outdated", "Came too late"], ["page", "Pages"], ["screen", "Screens"], ["consent", "Consent"], ["group", "Groups"], ["device", "Devices"], ["link", "Identifiers"]];

const ORDERS = [{ value: "newest", label: "Newest first" }, { value: "time", label: "Oldest first" }];
/** Pages of a search without a hit that are gone through unasked. */
const FURTHER = 20;

function History({ path }: { path: Path }) {
  const asked = one.useSearch();
  const { kind = "", q = "", sort } = asked;
  const { workspace } = one.useParams();
  const navigate = useNavigate();
  const narrow = (by: Narrowed) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ ...asked, ...by }).filter(([, value]) => value)), replace: true });
  const look = (before: string) => data(api.GET("/api/people/{kind}/{value}/history", { params: { path, query: { limit: 50, kind, q, before, oldest: sort === "time" } } }));
  return (
    <section aria-label="What happened">
      <Group justify="space-between" mb="md">
        <Title order={2}>What happened</Title>
        <Button component="a" href={`/api/people/cio_id/${encodeURIComponent(path.value)}/history/export?${new URLSearchParams({ workspace, kind, q, oldest: String(sort === "time") })}`} download size="xs" variant="default">Download CSV</Button>
      </Group>
      <List<Row, string>
        title="What happened"
        queryKey={["history", path, kind, q, sort]}
        fetch={async (before) => {
          let page = await look(before ?? "");
          for (let times = 0; q && page.history.length === 0 && page.next && times < FURTHER; times++) page = await look(page.next);
          return { rows: page.history.filter(isTold), next: page.next ?? null };
        }}
        refetchInterval={5000}
        search={{ value: q, placeholder: "Search what happened", onChange: (text) => narrow({ q: text }) }}
        filters={<>
          <Select w={{ base: "100%", xs: 130 }} aria-label="Show" data={KINDS.map(([value, label]) => ({ value: value!, label: label! }))} value={kind} onChange={(value) => narrow({ kind: value ?? "" })} />
          <Order choices={ORDERS} value={sort} onChange={(sort) => narrow({ sort })} />
        </>}
        idOf={(row) => row.cursor}
        draw={(rows) => <Happenings rows={rows} workspace={workspace} />}
        empty={<Text size="sm" c="dimmed">Nothing of this kind yet.</Text>}
      />
    </section>
  );
}

function Happenings({ rows, workspace }: { rows: Row[]; workspace: string }) {
  const names = useNames(workspace, rows.flatMap((row) => (row.kind === "journey" ? [row.name] : ["message", "planned"].includes(row.kind) && row.data ? [(row.data as { journey?: string }).journey ?? ""] : [])).filter(Boolean));
  return (
    <Timeline bulletSize={9} lineWidth={1} active={-1}>
      {rows.map((row) => {
        const { says, about } = happened(row.kind === "segment" ? { ...row, name: names.segment(row.name) } : row, names);
        return (
          <Timeline.Item key={row.cursor + row.kind + row.name} data-item title={<Group justify="space-between" align="baseline" gap="sm" wrap="nowrap"><Text size="sm" fw={550} component="span" style={{ minWidth: 0, overflowWrap: "anywhere" }}><Leads row={row} home={`/${encodeURIComponent(workspace)}`}>{says}</Leads> <Derived names={row.also} /></Text><Text size="xs" c="dimmed" component="span" style={{ flex: "none" }}><Moment at={row.time} /></Text></Group>}>
            {about && <Text size="xs" c="dimmed" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{["message", "journey"].includes(row.kind) ? local(about) : about}</Text>}
            {row.context && <CameFrom said={row.context} />}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

/** To the message, the journey or the segment that a row is of. What leads nowhere can be gone to by the keyboard all the same. */
function Leads({ row, home, children }: { row: Said; home: string; children: React.ReactNode }) {
  const data = (row.data ?? {}) as { delivery?: string };
  const to = ["message", "planned"].includes(row.kind) && data.delivery ? `deliveries/${data.delivery}` : row.kind === "journey" ? `journeys/${encodeURIComponent(row.name)}` : row.kind === "segment" ? `segments/${encodeURIComponent(row.name)}` : "";
  return to ? <Anchor component={Link} to={`${home}/${to}`} fz="inherit" fw="inherit" c="inherit">{children}</Anchor> : <span data-row tabIndex={-1}>{children}</span>;
}
