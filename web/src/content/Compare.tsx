/** What changed between two versions: in words, as it reads, and line by line. Of something new: how it reads. */
import { Alert, Code, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { api, data } from "../api/client";
import { Failed, Waiting } from "../ui/Page";
import "./compare.css";
import { Diff } from "./Diff";
import { variables, type Kind } from "./piece";
import { Frame, Whom, type With } from "./Preview";

/** ``number`` 0: the draft. `at`: what makes another one of it, as the draft's revision does. */
export interface Side { number: number; says: string; at: string; /** In place of `number`: as the request of that number, which waits for approval, would have it. */ waiting?: number }
interface Props { workspace: string; kind: Kind; name: string; /** Left out where there was none before. */ older: Side | undefined; newer: Side; through: string; chosen: With; onChoose: (chosen: With) => void; /** Whether the lines of the source are shown only to who asks for them. */ folded?: boolean }

export function Compare({ workspace, kind, name, older, newer, through, chosen, onChoose, folded = false }: Props) {
  const found = useQuery({
    queryKey: ["content", workspace, kind, name, "compare", older, newer],
    queryFn: () => data(api.GET("/api/content/{kind}/{name}/compare", { params: { path: { kind, name }, query: { from: older!.number, to: newer.number, waiting: newer.waiting ?? 0 } } })),
    enabled: older !== undefined,
    placeholderData: (before) => before,
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (older && !found.data) return <Waiting rows={5} />;
  const { changes, diff } = found.data ?? { changes: [], diff: [] };
  return (
    <Stack gap="lg">
      {older && <Part title="What changed">
        {changes.length > 0 ? (
          <dl className="reworded">
            {changes.map((each, n) => [
              <dt key={`t${n}`}>{changes[n - 1]?.what === each.what ? "" : each.what}</dt>,
              <dd key={`d${n}`}>{each.pieces.map((piece, at) => piece[0] === "+" ? <ins key={at}>{piece.slice(1)}</ins> : piece[0] === "-" ? <del key={at}>{piece.slice(1)}</del> : <span key={at}>{piece.slice(1)}</span>)}</dd>,
            ])}
          </dl>
        ) : <Text size="sm" c="dimmed">{diff.length ? "It says the same. Only how it looks changed: see the lines below." : "Nothing: both are the same."}</Text>}
      </Part>}
      {through && (
        <Part title="How it reads" aside={<Whom workspace={workspace} chosen={chosen} onChoose={onChoose} />}>
          {kind !== "template" && <Text size="xs" c="dimmed" mb={6}>Shown in {through}.</Text>}
          <div className={older ? "beside" : undefined}>
            {(older ? [older, newer] : [newer]).map((side, n) => <Reads key={n} workspace={workspace} template={through} piece={kind === "template" ? "" : `${kind}:${name}`} side={side} chosen={chosen} onChoose={onChoose} title={!older ? "New" : n ? "After" : "Before"} />)}
          </div>
        </Part>
      )}
      {diff.length > 0 && (folded
        ? <details className="lines"><summary>Line by line, as the source is written</summary><Diff lines={diff} /></details>
        : <Part title="Line by line"><Diff lines={diff} /></Part>)}
    </Stack>
  );
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={3} fz="sm" mb={6}>{title}</Title>
      {aside && <div style={{ maxWidth: 480, marginBottom: 12 }}>{aside}</div>}
      {children}
    </section>
  );
}

/** One side, as it was made of the layouts and snippets of its time. */
function Reads({ workspace, template, piece, side, chosen, onChoose, title }: { workspace: string; template: string; piece: string; side: Side; chosen: With; onChoose: (chosen: With) => void; title: string }) {
  const query = { ...chosen, piece, number: side.number, waiting: side.waiting ?? 0 };
  const found = useQuery({
    queryKey: ["preview", workspace, template, query, side.at],
    queryFn: () => data(api.GET("/api/previews/{template}", { params: { path: { template }, query } })),
    retry: false,
  });
  const said = found.data;
  const { data: known } = useQuery(variables(workspace));
  const after = said?.fault && !chosen.event ? Object.entries(known?.events ?? {}).find(([, read]) => read.some((each) => each.path === said.fault!.name))?.[0] : undefined;
  const tried = useRef(false);
  useEffect(() => {
    // what speaks of an event is read after one: nobody should have to know which before anything is seen
    if (!after || tried.current) return;
    tried.current = true;
    onChoose({ ...chosen, event: `sample:${after}` });
  }, [after, chosen, onChoose]);
  const address = new URLSearchParams({ workspace, ...chosen, piece, number: String(side.number), waiting: String(side.waiting ?? 0), images: "true", at: side.at });
  return (
    <figure style={{ margin: 0 }}>
      <figcaption><Text size="xs" c="dimmed">{title}: {side.says}</Text></figcaption>
      {found.error ? <Text size="sm" c="dimmed" mt={6}>{found.error.message || "It was not there then."}</Text> : !said ? <Waiting rows={3} />
        : said.fault ? <Alert mt={6} variant="light" color="gray"><Text size="sm">{said.fault.name ? `${said.fault.name} is missing: choose a person or an event that has it.` : said.fault.message}</Text></Alert>
        : (
          <Stack gap={6} mt={6}>
            {(said.subject || said.title) && <Text size="sm" fw={650} style={{ overflowWrap: "anywhere" }}>{said.subject || said.title}</Text>}
            {said.html ? <Frame page={`/api/previews/${encodeURIComponent(template)}/page?${address}`} phone={false} dark={false} title={`${title}: the message`} height={420} /> : <Code block style={{ whiteSpace: "pre-wrap" }} tabIndex={0}>{said.text}</Code>}
          </Stack>
        )}
    </figure>
  );
}
