/** The first steps of a new workspace; each does something, and is ticked by what really happened. */
import { Button, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { workspace as place } from "../app/routes";
import { api, data, type Schemas } from "../api/client";
import { useLive } from "../api/live";
import { Arrived } from "../data/Arrived";
import { Make } from "../data/Sources";
import { Snippets } from "../data/Snippets";
import { MailLink } from "../settings/MailLink";
import { useSettings } from "../settings/useSettings";
import { Failed, Waiting } from "../ui/Page";
import classes from "./Home.module.css";

const FirstBrand = lazy(() => import("../settings/Brand").then((module) => ({ default: module.FirstBrand })));

type Start = Schemas["Start"];

export function FirstSteps({ start, hide }: { start: Start; hide: () => void }) {
  const { workspace } = place.useParams();
  const home = `/${encodeURIComponent(workspace)}`;
  const steps: { key: string; title: string; done: boolean; body: ReactNode }[] = [
    { key: "event", title: "Send a first event", done: start.event, body: <FirstEvent done={start.event} /> },
    { key: "sender", title: "Say who your mail comes from", done: start.sender && start.carried && start.confirmed, body: <Sender start={start} home={home} /> },
    { key: "brand", title: "Give your mail its looks", done: start.brand, body: <Brand /> },
    {
      key: "journey", title: "Start a first journey", done: start.journey,
      body: <Stack gap="xs" align="flex-start"><Text size="sm">A journey begins when somebody does something, and leads them step by step. Take one that works and make it yours, or draw your own.</Text><Group gap="xs"><Button component={Link} to={`${home}/recipes`}>Begin with a recipe</Button><Button component={Link} to={`${home}/journeys`} variant="default">Draw one</Button></Group></Stack>,
    },
  ];
  const next = steps.find((each) => !each.done)?.key ?? "";
  const [shown, setShown] = useState(next); // what gets its tick stays open, so that the tick is seen
  return (
    <section className={classes.steps} aria-label="First steps">
      {steps.map((each, n) => (
        <div key={each.key} className={classes.step}>
          <UnstyledButton className={classes.head} aria-expanded={shown === each.key} onClick={() => setShown(shown === each.key ? "" : each.key)}>
            {each.done ? <IconCircleCheck size={20} color="var(--good)" aria-label="Done" /> : <span className={classes.number}>{n + 1}</span>}
            <Text size="sm" fw={600} c={each.done ? "dimmed" : undefined}>{each.title}</Text>
          </UnstyledButton>
          {shown === each.key && <div className={classes.body}>{each.body}{each.done && next && next !== each.key && <Button mt="sm" size="xs" variant="default" onClick={() => setShown(next)}>Next: {steps.find((one) => one.key === next)!.title}</Button>}</div>}
        </div>
      ))}
      {start.journey && <div className={classes.step}><Button m={8} size="compact-xs" variant="subtle" color="gray" onClick={hide}>Hide these steps</Button></div>}
    </section>
  );
}

/** Code with the key filled in, and a tick as soon as something arrives. */
function FirstEvent({ done }: { done: boolean }) {
  const { workspace } = place.useParams();
  const client = useQueryClient();
  const [got, setGot] = useState<string | null>(null);
  const open = useLive<{ kind: string; name: string }>(got ? null : "/api/sources/arrivals", (news) => {
    setGot(news.name);
    void client.invalidateQueries({ queryKey: ["home", workspace] });
  });
  const sources = useQuery({ queryKey: ["sources", workspace], queryFn: () => data(api.GET("/api/sources")) });
  const source = sources.data?.sources.find((each) => each.kind !== "app" && each.shown && !each.disabled);
  const key = useQuery({
    queryKey: ["source-key", source?.id],
    queryFn: () => data(api.GET("/api/sources/{id}/key", { params: { path: { id: source!.id } } })),
    enabled: !!source, gcTime: 0,
  });
  if (sources.error) return <Failed error={sources.error} />;
  return (
    <Stack gap="sm">
      <Text size="sm">{source || sources.isPending ? "Paste this into your product, or run it in a terminal. A developer has it done in minutes: copy it and send it to them." : "Journeys begin with what people do in your product. Say where that comes from, and you get code to paste, with its key."}</Text>
      {source ? key.data ? <Snippets kind={source.kind} isPublic={source.public} secret={key.data.key} /> : <Waiting rows={3} /> : <Make first="My product" />}
      {(source || got || done) && <Arrived got={got ?? (done ? "" : null)} open={open} first="your first event" />}
    </Stack>
  );
}

function Sender({ start, home }: { start: Start; home: string }) {
  const { document, confirmed } = useSettings();
  const addresses = Object.values(document?.senders ?? {}).map((each) => each.email).filter((each) => !confirmed.includes(each.toLowerCase()));
  return (
    <Stack gap="xs" align="flex-start">
      <Tick done={start.sender}>An address your mail comes from</Tick>
      <Tick done={start.carried}>A provider that carries it{start.mailbox && ": for now the mailbox on this machine, which sends nothing"}</Tick>
      <Tick done={start.confirmed}>The address is confirmed by a mailed link</Tick>
      <Group mt={4}>
        <Button component={Link} to={`${home}/settings/sending`} variant="default">Senders and providers</Button>
        {start.sender && start.carried && !start.confirmed && addresses[0] && <MailLink key={addresses[0]} email={addresses[0]} says={`Mail the link to ${addresses[0]}`} />}
      </Group>
    </Stack>
  );
}

function Tick({ done, children }: { done: boolean; children: ReactNode }) {
  return <Group gap={8} wrap="nowrap">{done ? <IconCircleCheck size={16} color="var(--good)" aria-label="Done" /> : <span className={classes.number} style={{ width: 16, height: 16 }} />}<Text size="sm">{children}</Text></Group>;
}

function Brand() {
  const { workspace } = useSettings();
  const client = useQueryClient();
  return <Suspense fallback={<Waiting rows={3} />}><FirstBrand kept={() => void client.invalidateQueries({ queryKey: ["home", workspace] })} /></Suspense>;
}
