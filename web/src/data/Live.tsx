/** What comes in, as it comes in. */
import { Badge, Button, Code, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useLive } from "../api/live";
import { Derived } from "../ui/Derived";
import { Along, Search } from "../ui/ListPage";
import { Empty, PageHead } from "../ui/Page";
import { Wide } from "../ui/Wide";
import { live } from "./room";

interface Incoming { id: string; received: string; kind: string; name: string; source: string; who: Record<string, string>; data: Record<string, unknown>; skipped: number; also: string[] }
const MOST = 200;
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

export function Live() {
  const { q = "" } = live.useSearch();
  const { workspace } = live.useParams();
  const navigate = useNavigate();
  const [rows, setRows] = useState<Incoming[]>([]);
  const [paused, setPaused] = useState(false);
  const [missed, setMissed] = useState(0);
  const seen = useRef(new Set<string>());
  const open = useLive<Incoming>(paused ? null : `/api/events/live?q=${encodeURIComponent(q)}`, (news) => {
    if (seen.current.has(news.id)) return;
    seen.current.add(news.id);
    if (news.skipped) setMissed((before) => before + (news.skipped ?? 0));
    setRows((before) => [news, ...before].slice(0, MOST));
  });
  const narrow = (wanted: string) => {
    seen.current.clear();
    setRows([]);
    void navigate({ to: ".", search: wanted ? { q: wanted } : {}, replace: true });
  };
  return (
    <>
      <PageHead title="Live events" about="What your products send, a moment after they sent it. Values marked as sensitive are left out.">
        <Badge variant="light" color={open ? "teal" : "gray"} c={open ? "var(--good)" : undefined} tt="none" role="status">{paused ? "Paused" : open ? "Listening" : "Connecting"}</Badge>
        <Button variant="default" leftSection={paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</Button>
      </PageHead>
      <Along>
      <Group mb="sm">
        <Search value={q} placeholder="Only events or people called…" onChange={narrow} />
        {missed > 0 && <Text size="xs" c="dimmed">{missed.toLocaleString("en")} more came in too quickly to be shown.</Text>}
      </Group>
      {rows.length === 0 ? (
        <Empty title={paused ? "Paused" : "Waiting for events"}>Send something from your product, and it appears here. No source yet? <Link to={`/${encodeURIComponent(workspace)}/data/sources`}>Make one</Link>.</Empty>
      ) : (
        <Wide label="What comes in" least={560}>
          <Table fz="sm" verticalSpacing={6} layout="fixed">
            <Table.Thead><Table.Tr><Table.Th w={82}>At</Table.Th><Table.Th w={{ base: 136, sm: 220 }}>What</Table.Th><Table.Th w={{ base: 136, sm: 190 }}>Who</Table.Th><Table.Th>With</Table.Th><Table.Th w={130}>Source</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>{rows.map((each) => <Row key={each.id} of={each} workspace={workspace} />)}</Table.Tbody>
          </Table>
        </Wide>
      )}
      </Along>
    </>
  );
}

function Row({ of: each, workspace }: { of: Incoming; workspace: string }) {
  const [open, setOpen] = useState(false);
  const who = Object.entries(each.who)[0];
  const said = Object.entries(each.data);
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: "top" }}><time dateTime={each.received}>{clock.format(new Date(each.received))}</time></Table.Td>
      <Table.Td style={{ verticalAlign: "top", overflowWrap: "anywhere" }}><Text size="sm" fw={550}>{each.name || each.kind} <Derived names={each.also} /></Text>{each.name && !(each.kind === "track") && <Text size="xs" c="dimmed">{each.kind}</Text>}</Table.Td>
      <Table.Td style={{ verticalAlign: "top", overflowWrap: "anywhere" }}>{who && <Link to={`/${encodeURIComponent(workspace)}/people`} search={{ q: who[1] }}>{who[1]}</Link>}</Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        {said.length > 0 && (
          <UnstyledButton w="100%" aria-expanded={open} title={open ? "Less" : "All of it"} onClick={() => setOpen(!open)}>
            {open ? <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(each.data, null, 2)}</Code> : <Text size="sm" truncate>{said.map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(", ")}</Text>}
          </UnstyledButton>
        )}
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>{each.source}</Table.Td>
    </Table.Tr>
  );
}
