/** Records that were accepted and could not be applied: why, what was in them, and once more when the cause is mended. */
import { Button, Code, Group, Paper, Select, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { clears } from "../ui/clears";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Only } from "../ui/Only";
import { Empty } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { rejected, type Refused } from "./room";

type Entry = Schemas["Rejected"];
const FURTHER = 20;

export function Rejected() {
  const { q = "", reason = "", source = "", all = false, sort = "" } = rejected.useSearch();
  const { workspace } = rejected.useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const edits = !!now && may(now, workspace, "data:edit");
  const reasons = useQuery({ queryKey: ["rejected", workspace, "reasons"], queryFn: () => data(api.GET("/api/rejected/reasons")), refetchInterval: 10_000 });
  const done = (count: number) => { told(`${count.toLocaleString("en")} put in once more. What still can’t be applied is listed again.`); void client.invalidateQueries({ queryKey: ["rejected", workspace] }); };
  const replay = useMutation({ mutationFn: (id: number) => data(api.POST("/api/rejected/replay", { body: { ids: [id] } })), onSuccess: ({ replayed }) => done(replayed), onError: toldFault });
  const which = { q, reason, source: Number(source) || 0 };
  const [sofar, setSofar] = useState(0);
  const replayAll = useMutation({
    mutationFn: async () => {
      let count = 0;
      for (let next: number | null = 0; next !== null;) {
        const said: Schemas["Replayed"] = await data(api.POST("/api/rejected/replay-all", { body: { ...which, before: next } }));
        setSofar((count += said.replayed));
        next = said.next ?? null;
      }
      return count;
    },
    onSuccess: done, onError: toldFault, onSettled: () => { setSofar(0); void client.invalidateQueries({ queryKey: ["rejected", workspace] }); },
  });
  const sources = useQuery({ queryKey: ["sources", workspace], queryFn: () => data(api.GET("/api/sources")), enabled: !!now && may(now, workspace, "keys:read") }).data?.sources.filter((each) => each.kind !== "app") ?? [];
  const narrow = (by: Refused) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ q, reason, source, all, sort, ...by }).filter(([, value]) => value)), replace: true });
  const look = (before: number) => data(api.GET("/api/rejected", { params: { query: { ...which, before, waiting: !all, oldest: sort === "at" } } }));
  const waiting = reasons.data?.reasons.reduce((sum, each) => sum + each.waiting, 0) ?? 0;
  return (
    <ListPage<Entry, number>
      title="Rejected"
      about="What was accepted and could not be applied. Nothing is lost: mend the cause, and put it in once more."
      actions={edits && waiting > 0 && <Button variant="default" disabled={replayAll.isPending} onClick={() => replayAll.mutate()}>{replayAll.isPending ? `${sofar.toLocaleString("en")} put in so far…` : q || source ? "Replay all that fit" : reason ? "Replay all of this reason" : `Replay all ${waiting.toLocaleString("en")}`}</Button>}
      queryKey={["rejected", workspace, which, all, sort]}
      fetch={async (before) => {
        // a search looks at some thousands at a time: on to where there is something, but not through millions unasked
        let page = await look(before ?? 0);
        for (let times = 0; page.rejected.length === 0 && page.next && times < FURTHER; times++) page = await look(page.next);
        return { rows: page.rejected, next: page.next ?? null };
      }}
      search={{ value: q, placeholder: "Search by person, event or reason", onChange: (text) => narrow({ q: text }) }}
      sort={{ columnAccessor: "at", direction: sort === "at" ? "asc" : "desc" }}
      onSort={() => narrow({ sort: sort === "at" ? "" : "at" })}
      filters={<>
        {sources.length > 0 && <Select w={170} aria-label="Source" placeholder="Any source" data={sources.map((each) => ({ value: String(each.id), label: each.name }))} value={source || null} clearable clearButtonProps={clears("Any source")} onChange={(value) => narrow({ source: value ?? "" })} />}
        <Only label="Those that were replayed too" checked={all} onChange={(all) => narrow({ all })} />
        {(reasons.data?.reasons.length ?? 0) > 0 && (
          <Paper withBorder radius="md" p="xs" w="100%" component="section" aria-label="Why">
            {reasons.data!.reasons.map((each) => (
              <UnstyledButton key={each.reason} display="block" w="100%" px={8} py={4} fz="sm" fw={each.reason === reason ? 600 : 400} aria-pressed={each.reason === reason} onClick={() => narrow({ reason: each.reason === reason ? "" : each.reason })}>
                <Group justify="space-between" wrap="nowrap"><span style={{ overflowWrap: "anywhere" }}>{quoted(each.reason)}</span><span className="figures">{each.waiting.toLocaleString("en")}</span></Group>
              </UnstyledButton>
            ))}
          </Paper>
        )}
      </>}
      idOf={(each) => String(each.id)}
      columns={[
        { accessor: "reason", title: "Why", render: (each) => <What of={each} /> },
        { accessor: "source", title: "Source", width: 130, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "at", title: "When", width: 130, sortable: true, render: (each) => <Moment at={each.at} /> },
        { accessor: "replayed", title: "", width: 110, textAlign: "right", render: (each) => each.replayed ? <Text size="xs" c="dimmed">replayed <Moment at={each.replayed} /></Text> : edits && <Button size="compact-xs" variant="default" onClick={() => replay.mutate(each.id)}>Replay</Button> },
      ]}
      empty={<Empty title={reason || source || all ? "Nothing here" : "Nothing was rejected"}>{source ? "Nothing of this source waits here." : reason ? "All of this reason was replayed." : "All that came in could be applied. If something can’t be, it waits here with the reason."}</Empty>}
    />
  );
}

function What({ of: each }: { of: Entry }) {
  const [open, setOpen] = useState(false);
  const says = each.record.says as { name?: string };
  return (
    <Stack gap={2}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>{quoted(each.reason)}</Text>
      <Group gap={8}><Text size="xs" c="dimmed">{says.name ?? each.record.is} of {each.record.who.map((who) => who.value).join(", ") || "nobody"}</Text><UnstyledButton data-row fz="xs" c="dimmed" td="underline" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the record" : "Show the record"}</UnstyledButton></Group>
      {open && <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(each.record, null, 2)}</Code>}
    </Stack>
  );
}
