/** What comes in, as it comes in. */
import { Button, Code, Text, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { startTransition, useEffect, useRef, useState } from "react";
import { useLive } from "../api/live";
import { may, session } from "../session/session";
import { Derived } from "../ui/Derived";
import { Given } from "../ui/ListPage";
import { Empty, PageHead } from "../ui/Page";
import { Standing } from "../ui/Standing";
import { useListing } from "../ui/useListing";
import { live } from "./room";

interface Incoming { id: string; received: string; kind: string; name: string; source: string; who: Record<string, string>; data: Record<string, unknown>; skipped: number; more: boolean; also: string[] }
interface Missed { times: number; more: boolean }
const MOST = 200;
const DRAWN = 500;
const who = (each: Incoming) => Object.values(each.who)[0] ?? "";
const WORTH = { at: (each: Incoming) => Date.parse(each.received), what: (each: Incoming) => each.name || each.kind, who, source: (each: Incoming) => each.source };
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

const NONE: Missed = { times: 0, more: false };

/** The newest of both; what a stream tells again after it was cut off stands there once. */
function latest(news: Incoming[], before: Incoming[]): Incoming[] {
  const known = new Set(before.map((each) => each.id));
  return [...news.filter((each) => !known.has(each.id)), ...before].slice(0, MOST);
}

export function Live() {
  const asked = useListing(live.useSearch());
  const { workspace } = live.useParams();
  const { data: now } = useQuery(session);
  const [rows, setRows] = useState<Incoming[]>([]);
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState<Missed>(NONE);
  const come = useRef<Incoming[]>([]);
  const open = useLive<Incoming>(paused ? null : `/api/events/live?q=${encodeURIComponent(asked.q)}`, (news) => void come.current.push(news));
  useEffect(() => {
    // what comes is drawn together: a table for each of five hundred a second would leave the page no time for anything else
    const timer = setInterval(() => {
      const news = come.current.splice(0).reverse();
      if (!news.length) return;
      startTransition(() => {
        setMissed((before) => ({ times: news.reduce((sum, each) => sum + each.skipped, before.times), more: before.more || news.some((each) => each.more) }));
        setRows((before) => latest(news, before));
      });
    }, DRAWN);
    return () => clearInterval(timer);
  }, []);
  const search = (wanted: string) => {
    come.current = [];
    setMissed(NONE);
    setRows([]);
    asked.search("").onChange(wanted);
  };
  return (
    <>
      <PageHead title="Live events" about="What your products send, a moment after they sent it. Values marked as sensitive are left out." mark={<Standing colour={open ? "teal" : "gray"} role="status">{paused ? "Paused" : open ? "Listening" : "Connecting"}</Standing>}>
        <Button variant="default" leftSection={paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</Button>
      </PageHead>
      <Given<Incoming>
        title="What comes in"
        flows
        rows={rows}
        search={{ ...asked.search("Only events or people called…"), onChange: search }}
        filters={missed.times > 0 && <Text size="xs" c="dimmed">{missed.more && "At least "}{missed.times.toLocaleString("en")} more came in too quickly to be shown.</Text>}
        sorts={asked.sorts(WORTH)}
        idOf={(each) => each.id}
        columns={[
          { accessor: "at", title: "At", width: 90, render: (each) => <time dateTime={each.received}>{clock.format(new Date(each.received))}</time> },
          { accessor: "what", title: "What", render: (each) => <What of={each} /> },
          { accessor: "who", title: "Who", render: (each) => who(each) && <Link to={`/${encodeURIComponent(workspace)}/people`} search={{ q: who(each) }} style={{ overflowWrap: "anywhere" }}>{who(each)}</Link> },
          { accessor: "with", title: "With", width: "40%", visibleMediaQuery: WIDE, render: (each) => <With of={each} /> },
          { accessor: "source", title: "Source", width: 130, visibleMediaQuery: WIDE },
        ]}
        empty={<Empty title={paused ? "Paused" : "Waiting for events"}>Send something from your product, and it appears here.{now && may(now, workspace, "keys:edit") && <> No source yet? <Link to={`/${encodeURIComponent(workspace)}/data/sources`}>Make one</Link>.</>}</Empty>}
      />
    </>
  );
}

const WIDE = "(min-width: 48em)";

/** What it is; on a telephone with what it says and where it comes from. */
function What({ of: each }: { of: Incoming }) {
  const narrow = !useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  return (
    <div style={{ overflowWrap: "anywhere" }}>
      <Text size="sm" fw={550}>{each.name || each.kind} <Derived names={each.also} /></Text>
      {each.name && each.kind !== "track" && <Text size="xs" c="dimmed">{each.kind}</Text>}
      {narrow && <><With of={each} /><Text size="xs" c="dimmed">{each.source}</Text></>}
    </div>
  );
}

/** What it says, in a line, or all of it. */
function With({ of: each }: { of: Incoming }) {
  const [open, setOpen] = useState(false);
  const said = Object.entries(each.data);
  if (said.length === 0) return null;
  return (
    <UnstyledButton data-row display="block" w="100%" aria-expanded={open} title={open ? "Less" : "All of it"} onClick={() => setOpen(!open)}>
      {open ? <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(each.data, null, 2)}</Code> : <Text size="sm" lineClamp={1} style={{ wordBreak: "break-all" }}>{said.map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(", ")}</Text>}
    </UnstyledButton>
  );
}
