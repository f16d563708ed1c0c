/** All content: what there is to send, what stands around it, and what shares pieces of it; found, narrowed, begun. */
import { Button, Group, Select, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { readable, useNames } from "../journeys/called";
import { may, session } from "../session/session";
import { clears } from "../ui/clears";
import { Only } from "../ui/Only";
import { useNew } from "../ui/useNew";
import { Draft } from "../ui/Draft";
import { ListPage } from "../ui/ListPage";
import { Empty } from "../ui/Page";
import { Filters } from "../labels/Filters";
import { isNarrowed, useLabels } from "../labels/labels";
import { Marks } from "../labels/Marks";
import { Nothing } from "../labels/Nothing";
import { RowMenu } from "../labels/RowMenu";
import { Star } from "../labels/Star";
import { Copy } from "./Copy";
import { New } from "./New";
import { Sections } from "./Sections";
import { at, CHANNELS, contents, WHAT, type Kind, type Piece } from "./piece";
import { list, type Narrowed } from "./room";

const KINDS = (Object.keys(WHAT) as Kind[]).map((kind) => ({ value: kind, label: `${WHAT[kind]}s` }));

const WORTH = {
  name: (each: Piece) => each.name, kind: (each: Piece) => (each.kind === "template" ? CHANNELS[each.channel] ?? each.channel : WHAT[each.kind as Kind]),
  subject: (each: Piece) => each.subject, layout: (each: Piece) => each.layout, used_by: (each: Piece) => each.used_by.length,
};

export function Contents() {
  const { q = "", kind = "", channel = "", unused = false, ...by } = list.useSearch();
  const { workspace } = list.useParams();
  const { data: now } = useQuery(session);
  const [begins, setBegins] = useNew();
  const [copied, setCopied] = useState<Piece | null>(null);
  const navigate = useNavigate();
  const client = useQueryClient();
  const names = useNames(workspace);
  const known = useLabels(workspace, ["template", "layout", "snippet"]);
  const of = (each: Piece) => known.of(each.kind as Kind, each.name);
  const narrow = (more: Narrowed) => {
    const kept = Object.entries({ q, kind, channel, unused, ...by, ...more }).filter(([, value]) => value);
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  const edits = !!now && may(now, workspace, "content:edit");
  const fits = (each: Piece) =>
    known.fits(of(each), by) && (!kind || each.kind === kind) && (!channel || each.channel === channel) && (!unused || each.used_by.length === 0)
    && `${each.name} ${each.subject} ${each.layout} ${each.topic}`.toLowerCase().includes(q.trim().toLowerCase());
  const begin = edits ? <Button leftSection={<IconPlus size={15} />} onClick={() => setBegins(true)}>New</Button> : undefined;
  return (
    <>
      <Sections workspace={workspace} />
      <ListPage<Piece, never>
        title="Content"
        about="What journeys send, the layouts it stands in, and the snippets it shares."
        actions={begin}
        queryKey={["content", workspace, "list", q, kind, channel, unused, by, known.version]}
        fetch={async () => ({ rows: (await client.fetchQuery({ ...contents(workspace), staleTime: 1000 })).pieces.filter(fits), next: null })}
        search={{ value: q, placeholder: "Search names and subjects", onChange: (text) => narrow({ q: text }) }}
        filters={
          <>
            <Select w={150} aria-label="Kind" placeholder="Any kind" data={KINDS} value={kind || null} clearable clearButtonProps={clears("Any kind")} onChange={(value) => narrow({ kind: value ?? "" })} />
            <Select w={150} aria-label="Channel" placeholder="Any channel" data={Object.entries(CHANNELS).map(([value, label]) => ({ value, label }))} value={channel || null} clearable clearButtonProps={clears("Any channel")} onChange={(value) => narrow({ channel: value ?? "" })} />
            <Only label="Unused" checked={unused} onChange={(unused) => narrow({ unused })} />
            <Filters by={by} folders={known.folders} tags={known.tags} narrow={narrow} />
          </>
        }
        sorts={{ by: by.sort, worth: WORTH, onChange: (sort) => narrow({ sort }) }}
        idOf={(each) => `${each.kind}/${each.name}`}
        onOpen={(each) => void navigate({ to: at(workspace, each.kind, each.name) })}
        columns={[
          { accessor: "star", title: "", width: 40, render: (each) => <Star of={of(each)} title={each.name} /> },
          {
            accessor: "name",
            title: "Name",
            render: (each) => (
              <Group gap={8} style={{ rowGap: 0 }}>
                <Link to={at(workspace, each.kind, each.name)} style={{ textDecoration: "none", fontWeight: 550 }}>{each.name}</Link>
                {each.draft !== null && <Draft live={each.in_force} by={each.draft} />}
                <Marks of={of(each)} />
                {each.subject && <Text size="xs" c="dimmed" lineClamp={1} w="100%" hiddenFrom="sm">{readable(each.subject) || each.subject}</Text>}
              </Group>
            ),
          },
          { accessor: "kind", title: "Kind", render: (each) => (each.kind === "template" ? CHANNELS[each.channel] ?? each.channel : WHAT[each.kind as Kind]) },
          { accessor: "subject", title: "Subject", render: (each) => <Text size="sm" c="dimmed" lineClamp={1}>{readable(each.subject) || each.subject}</Text>, visibleMediaQuery: "(min-width: 48em)" },
          { accessor: "layout", title: "Layout", visibleMediaQuery: "(min-width: 75em)" },
          {
            accessor: "used_by",
            title: "Used by",
            render: (each) => each.used_by.map(names.of).join(", ") || <Text component="span" size="sm" c="dimmed">–</Text>,
            visibleMediaQuery: "(min-width: 62em)",
          },
          ...(edits ? [{ accessor: "more", title: "", width: 44, render: (each: Piece) => <RowMenu of={of(each)} title={each.name} folders={known.folders} tags={known.tags} copy={() => setCopied(each)} /> }] : []),
        ]}
        empty={kind || channel || unused || isNarrowed(by) || known.away
          ? <Nothing by={by} more={!!(kind || channel || unused)} />
          : <Empty title="Nothing to send yet">A template is one message: an email, a text, a push. Begin from one of a few that are ready, change the words, and a journey can send it.</Empty>}
      />
      {copied && <Copy workspace={workspace} kind={copied.kind as Kind} name={copied.name} onClose={() => setCopied(null)} />}
      {begins && edits && <New workspace={workspace} onClose={() => setBegins(false)} />}
    </>
  );
}
