/** Test on me: the whole journey in minutes, its mail to whoever is signed in and to nobody else, told as it happens. */
import { Alert, Button, Group, NumberInput, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { Empty, Failed, Waiting } from "../ui/Page";
import { entries, Happenings, type Happening } from "./Happenings";
import { LineItem } from "./LineItem";
import { Mark } from "./Mark";
import { asking, declared, type Answers } from "./asking";
import { Outside } from "./Outside";
import { documentOf, first, meant, open, SideSelect, useCalled, type Side, type Sides } from "./sides";
import { later, values } from "./words";

interface News { kind: "line" | "wait" | "mail" | "end" | "beat"; line: Schemas["WalkLine"] | null; from: string; until: string; seconds: number; fate: string; says: string }
/** What is told of a message comes right behind it. */
interface Told { line?: Schemas["WalkLine"]; wait?: { from: string; until: string; over: boolean }; mail?: { fate: string; says: string } }

export function OnMe({ journey, sides }: { journey: string; sides: Sides }) {
  const [side, setSide] = useState<Side>(first(sides));
  const begun = useQuery({
    queryKey: ["on-me", journey, side], retry: false, refetchOnWindowFocus: false,
    queryFn: () => data(api.POST("/api/journeys/{journey}/test/beginning", { params: { path: { journey } }, body: meant(side) })),
  });
  return (
    <>
      <Group mb="md"><SideSelect label="Version" choices={open(sides)} value={side} onChange={setSide} /></Group>
      {begun.error ? <Failed error={begun.error} again={() => void begun.refetch()} /> : !begun.data ? <Waiting /> : <Test key={side} journey={journey} side={side} begun={begun.data} />}
    </>
  );
}

function Test({ journey, side, begun }: { journey: string; side: Side; begun: Schemas["TestBeginning"] }) {
  const [attributes, setAttributes] = useState(lines(begun.attributes));
  const [happened, setHappened] = useState(lines(begun.data));
  const [groups, setGroups] = useState(Object.fromEntries(Object.entries(begun.groups).map(([type, own]) => [type, lines(own)])));
  const [given, setGiven] = useState<Happening[]>([]);
  const [answers, setAnswers] = useState<Answers>({});
  const document = useQuery({ queryKey: ["rehearse-document", journey, side], queryFn: () => documentOf(journey, side), retry: false });
  const called = useCalled([document.data]);
  const [seconds, setSeconds] = useState<number | string>(3);
  const [told, setTold] = useState<Told[]>([]);
  const [end, setEnd] = useState("");
  const [fault, setFault] = useState<Error | null>(null);
  const running = useRef<AbortController | null>(null);
  const [runs, setRuns] = useState(false);
  useEffect(() => () => running.current?.abort(), []);

  const run = async () => {
    const own = new AbortController();
    running.current = own;
    setTold([]); setEnd(""); setFault(null); setRuns(true);
    try {
      const body = {
        side: meant(side), attributes: values(filled(attributes)), data: values(filled(happened)), given: entries(given), seconds: Number(seconds) || 0, ...declared(answers),
        groups: Object.fromEntries(Object.entries(groups).map(([type, text]) => [type, values(filled(text))])),
      };
      const stream = await data(api.POST("/api/journeys/{journey}/test", { params: { path: { journey } }, body, parseAs: "stream", signal: own.signal }));
      for await (const news of read(stream as ReadableStream<Uint8Array>)) {
        if (news.kind === "end") setEnd(news.says);
        else if (news.kind !== "beat") setTold((before) => after(before, news));
      }
    } catch (error) {
      if (own.signal.aborted) setEnd("You cancelled it. Nothing more is sent.");
      else setFault(error instanceof Refused ? error : error as Error);
    } finally {
      setRuns(false);
    }
  };
  const start = told.find((each) => each.line)?.line?.at ?? "";
  return (
    <Group align="flex-start" gap="xl" wrap="wrap">
      <Stack component="form" w={{ base: "100%", md: 440 }} onSubmit={(event) => { event.preventDefault(); void run(); }} aria-label="What to test">
        {Object.keys(begun.data).length > 0 && <Textarea label="What starts it has" description="A property a line, as name: value" autosize minRows={2} maxRows={10} value={happened} onChange={(event) => setHappened(event.currentTarget.value)} />}
        <Textarea label="What is known of you" description="An attribute a line, as name: value. What the journey reads stands here already." autosize minRows={2} maxRows={12} value={attributes} onChange={(event) => setAttributes(event.currentTarget.value)} />
        {Object.entries(groups).map(([type, text]) => <Textarea key={type} label={`What is known of your ${type}`} autosize minRows={2} maxRows={8} value={text} onChange={(event) => setGroups({ ...groups, [type]: event.currentTarget.value })} />)}
        <NumberInput label="Each wait lasts, in seconds" min={0} max={60} value={seconds} onChange={setSeconds} w={200} />
        <Title order={2} size="h4" mt="sm">What happens on the way</Title>
        <Text size="xs" c="dimmed">Times are the journey&rsquo;s own: <b>2 days</b> after the start comes within seconds.</Text>
        <Happenings shown={given} onChange={setGiven} />
        <Outside steps={asking(document.data)} called={called} answers={answers} change={setAnswers} left="Nothing: it takes too long" />
        <Group gap="xs">
          <Button type="submit" loading={runs}>Test on me</Button>
          {runs && <Button variant="default" onClick={() => running.current?.abort()}>Cancel</Button>}
        </Group>
      </Stack>
      <section aria-label="What comes of it" style={{ flex: 1, minWidth: 280 }}>
        <Alert color="gray" variant="light" mb="sm">Mail of this test goes to <b>{begun.to}</b> and to nobody else, marked as a test. You are let in at once; webhooks and functions are not called; no person, number or report hears of it.</Alert>
        {fault ? <Failed error={fault} /> : !told.length && !end ? <Empty title="Nothing has happened yet">Start the test and watch each step here, while its mail comes to your inbox.</Empty> : (
          <Stack gap="sm">
            <Stack component="ol" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-live="polite" aria-label="Steps of the test">
              {told.map((each, n) => each.line ? <LineItem key={n} line={each.line} start={start} called={called} mark={each.mail && <Mark of={each.mail.fate} says={WORDS[each.mail.fate] ?? each.mail.fate} />} />
                : each.wait && <Paper key={n} component="li" p="xs" radius="md" bg="var(--well)"><Text size="sm" c="dimmed">{later(each.wait.from, each.wait.until)} {each.wait.over ? "passed" : "pass…"}</Text></Paper>)}
            </Stack>
            {told.some((each) => each.mail && each.mail.fate !== "sent") && <Text size="sm" c="dimmed">{[...new Set(told.flatMap((each) => (each.mail && each.mail.fate !== "sent" ? [each.mail.says] : [])))].join(" ")}</Text>}
            {end && <Alert variant="light" role="status">{end.replace(/`([^`]*)`/g, (_, step: string) => `“${called(step)}”`)}</Alert>}
          </Stack>
        )}
      </section>
    </Group>
  );
}

const WORDS: Record<string, string> = { sent: "sent to you", shown: "not sent", failed: "failed" };

function after(before: Told[], news: News): Told[] {
  const past = before.map((each) => (each.wait && !each.wait.over ? { wait: { ...each.wait, over: true } } : each));
  if (news.kind === "wait") return [...past, { wait: { from: news.from, until: news.until, over: false } }];
  if (news.kind === "line") return [...past, { line: news.line! }];
  return past.map((each, n) => (n === past.length - 1 ? { ...each, mail: { fate: news.fate, says: news.says } } : each));
}

/** Reads one line of JSON after another, as they come. */
async function* read(stream: ReadableStream<Uint8Array>): AsyncGenerator<News> {
  const reader = stream.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop()!;
    for (const part of parts) if (part) yield JSON.parse(part) as News;
  }
}

function lines(own: Record<string, unknown>): string {
  return Object.entries(own).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n");
}

/** Names without a value are left out. */
function filled(text: string): string {
  return text.split("\n").filter((line) => !/^\s*[^:]+:\s*$/.test(line)).join("\n");
}
