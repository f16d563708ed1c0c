/** One message: its story, what became of it and when, and how it reads. */
import { Anchor, Code, Grid, Group, Stack, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../api/client";
import { CHANNELS } from "../content/piece";
import { Card } from "../ui/Card";
import { local, Moment } from "../ui/moment";
import { useNames } from "../journeys/called";
import { Back } from "../ui/Back";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { SendAgain } from "./Again";
import { State } from "./Deliveries";
import { one } from "./room";

export function DeliveryPage() {
  const { workspace, delivery: id } = one.useParams();
  const home = `/${encodeURIComponent(workspace)}`;
  const [asked, setAsked] = useState("");
  const found = useQuery({
    queryKey: ["delivery", workspace, id],
    queryFn: async () => await data(api.GET("/api/deliveries/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (asked === id && !state.data?.again_as ? 1000 : 5000),
  });
  const called = useNames(workspace, found.data?.journey ? [found.data.journey] : []);
  const back = <Back to={`${home}/deliveries`}>Deliveries</Back>;
  if (found.error) return <>{back}<Failed whole error={found.error} again={() => void found.refetch()} /></>;
  if (!found.data) return <Waiting head />;
  const each = found.data;
  const stands = `${each.state} ${each.attempts}`;
  const outcomes = Object.entries(each.outcomes).sort((a, b) => a[1].localeCompare(b[1]));
  return (
    <>
      {back}
      <PageHead title={called.message(each.template)} about={<>{CHANNELS[each.channel] ?? each.channel} due <Moment at={each.due} />{each.recipient ? <> to {each.recipient}</> : each.whom && <>, for {each.whom}</>}. <Anchor component={Link} to={`${home}/people/${each.person}`} fz="sm" c="inherit" td="underline">See the person</Anchor>{each.journey && <> or <Anchor component={Link} to={`${home}/journeys/${encodeURIComponent(each.journey)}`} fz="sm" c="inherit" td="underline">the journey {called.journey(each.journey)}</Anchor></>}</>}>
        <Group gap="sm">
          <State of={each} />
          {each.again_as === "" && asked !== id && <SendAgain workspace={workspace} id={id} state={each.state} onAsked={() => { setAsked(id); void found.refetch(); }} />}
        </Group>
      </PageHead>
      {each.again_of && <Other says="This was sent again for a message that did not arrive." does="See that one" to={`${home}/deliveries/${each.again_of}`} />}
      {each.again_as ? <Other says="This was sent again." does="See what became of it" to={`${home}/deliveries/${each.again_as}`} />
        : asked === id && <Text size="sm" mb="md" role="status">It is being sent again…</Text>}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }}><Message key={stands} stands={stands} workspace={workspace} id={id} shadow={each.state === "shadow"} tried={!("sent" in each.outcomes) && UNTAKEN.includes(each.state)} /></Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <Card title="Its story">
              <Stack component="ol" gap={6} m={0} pl="md">{named(each, called).map((line, n) => <Text key={n} component="li" size="sm" style={{ overflowWrap: "anywhere" }}>{local(line)}</Text>)}</Stack>
            </Card>
            <Card title="Outcomes">
              {outcomes.length === 0 ? <Text size="sm" c="dimmed">Nothing was reported yet.</Text> : (
                <Stack gap={4}>{outcomes.map(([name, at]) => <Group key={name} justify="space-between"><Text size="sm" tt="capitalize">{name}</Text><Text size="sm" c="dimmed"><Moment at={at} /></Text></Group>)}</Stack>
              )}
            </Card>
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Other({ says, does, to }: { says: string; does: string; to: string }) {
  return <Text size="sm" mb="md">{says} <Anchor component={Link} to={to} fz="sm" td="underline">{does}</Anchor></Text>;
}

/** Its story, with journey and step by what they are called, and other deliveries by what they are to this one: the page leads to them. */
function named(each: Schemas["deliveries_routes_Told"], called: ReturnType<typeof useNames>): string[] {
  const from = `tep ${each.step} of the journey ${each.journey} (`;
  const by = `tep “${called.step(each.journey, each.step)}” of the journey ${called.journey(each.journey)} (`;
  return each.story.map((line) => {
    const told = line.replace(from, by);
    if (each.again_as) return told.replace(`sent again as ${each.again_as}`, "sent again");
    return each.again_of ? told.replace(`to send ${each.again_of} again`, "to send a message again") : told;
  });
}

/** How a delivery stands that no provider took. */
const UNTAKEN = ["planned", "failed", "bounced", "refused", "cancelled"];

/** ``stands``: how far the delivery is, since what was handed over is shown as soon as it was; ``tried``: whether that was never taken. */
function Message({ workspace, id, stands, shadow, tried }: { workspace: string; id: string; stands: string; shadow: boolean; tried: boolean }) {
  const [images, setImages] = useState(false);
  const found = useQuery({
    queryKey: ["delivery", workspace, id, "content", stands],
    queryFn: async () => await data(api.GET("/api/deliveries/{id}/content", { params: { path: { id } } })),
    retry: false,
  });
  if (found.error) return <Card title="The message"><Failed error={found.error} /></Card>;
  if (!found.data) return <Waiting head />;
  const { subject, title, text, html, sent, says, headers, details, to } = found.data;
  const source = `/api/deliveries/${encodeURIComponent(id)}/message?workspace=${encodeURIComponent(workspace)}${images ? "&images=true" : ""}`;
  const more: [string, string][] = [...headers, ...Object.entries(details).map(([name, value]): [string, string] => [name, said(value)])];
  return (
    <Card title={!sent ? "The message" : shadow ? "The message, as it would have been sent" : tried ? "The message, as it was tried" : "The message, as it was sent"}>
      <Text size="xs" c="dimmed" mb="xs">{local(says)}</Text>
      {(subject || title) && <Text fw={600} mb="xs" style={{ overflowWrap: "anywhere" }}>{subject || title}</Text>}
      {sent && <Lines of={headers.length > 0 ? headers.filter(([name]) => SEEN.includes(name)) : to.length > 0 ? [["To", to.join(", ")]] : []} />}
      {html ? (
        <>
          <Switch size="xs" mb="xs" label="Load images from the network" checked={images} onChange={(event) => setImages(event.currentTarget.checked)} />
          <iframe title="The message" src={source} referrerPolicy="no-referrer" sandbox="allow-popups allow-popups-to-escape-sandbox"
            style={{ width: "100%", height: 560, border: "1px solid var(--line)", borderRadius: 8, background: "#fff", colorScheme: "light" }} />
        </>
      ) : <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{text}</Code>}
      {html && text && <More title="Its text part"><Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{text}</Code></More>}
      {more.length > 0 && <More title={headers.length > 0 ? "All headers" : "What else was handed over"}><Lines of={more} /></More>}
    </Card>
  );
}

/** Headers that a reader of mail sees; the subject stands above them. */
const SEEN = ["From", "To", "Reply-To", "Date"];

function Lines({ of }: { of: [string, string][] }) {
  return (
    <Stack component="dl" gap={2} m={0} mb="xs">
      {of.map(([name, value], n) => (
        <Group key={n} gap="xs" wrap="nowrap" align="baseline">
          <Text component="dt" size="sm" c="dimmed" w={100} style={{ flex: "none", overflowWrap: "anywhere" }}>{name}</Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: "anywhere" }}>{value}</Text>
        </Group>
      ))}
    </Stack>
  );
}

function More({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details style={{ marginTop: 12 }}>
      <Text component="summary" size="sm" style={{ cursor: "pointer" }}>{title}</Text>
      <div style={{ marginTop: 8 }}>{children}</div>
    </details>
  );
}

function said(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
