/** Records that were accepted and could not be applied: why, what was in them, and once more when the cause is mended. */
import { Button, Code, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Only } from "../ui/Only";
import { Empty } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { rejected } from "./room";

type Entry = Schemas["Rejected"];

export function Rejected() {
  const { reason = "", all = false } = rejected.useSearch();
  const { workspace } = rejected.useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const edits = !!now && may(now, workspace, "data:edit");
  const reasons = useQuery({ queryKey: ["rejected", workspace, "reasons"], queryFn: () => data(api.GET("/api/rejected/reasons")), refetchInterval: 10_000 });
  const done = (count: number) => { told(`${count.toLocaleString("en")} put in once more. What still can’t be applied is listed again.`); void client.invalidateQueries({ queryKey: ["rejected", workspace] }); };
  const replay = useMutation({ mutationFn: (id: number) => data(api.POST("/api/rejected/replay", { body: { ids: [id] } })), onSuccess: ({ replayed }) => done(replayed), onError: toldFault });
  const replayAll = useMutation({ mutationFn: (why: string) => data(api.POST("/api/rejected/replay-all", { body: { reason: why } })), onSuccess: ({ replayed }) => done(replayed), onError: toldFault });
  const narrow = (by: { reason?: string; all?: boolean }) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ reason, all, ...by }).filter(([, value]) => value)), replace: true });
  const waiting = reasons.data?.reasons.reduce((sum, each) => sum + each.waiting, 0) ?? 0;
  return (
    <ListPage<Entry, number>
      title="Rejected"
      about="What was accepted and could not be applied. Nothing is lost: mend the cause, and put it in once more."
      actions={edits && waiting > 0 && <Button variant="default" loading={replayAll.isPending} onClick={() => replayAll.mutate(reason)}>{reason ? "Replay all of this reason" : `Replay all ${waiting.toLocaleString("en")}`}</Button>}
      queryKey={["rejected", workspace, reason, all]}
      fetch={async (before) => {
        const page = await data(api.GET("/api/rejected", { params: { query: { before: before ?? 0, reason, waiting: !all } } }));
        return { rows: page.rejected, next: page.next ?? null };
      }}
      filters={
        <Stack gap="xs" w="100%">
          {(reasons.data?.reasons.length ?? 0) > 0 && (
            <Paper withBorder radius="md" p="xs" component="section" aria-label="Why">
              {reasons.data!.reasons.map((each) => (
                <UnstyledButton key={each.reason} display="block" w="100%" px={8} py={4} fz="sm" fw={each.reason === reason ? 600 : 400} aria-pressed={each.reason === reason} onClick={() => narrow({ reason: each.reason === reason ? "" : each.reason })}>
                  <Group justify="space-between" wrap="nowrap"><span style={{ overflowWrap: "anywhere" }}>{each.reason}</span><span className="figures">{each.waiting.toLocaleString("en")}</span></Group>
                </UnstyledButton>
              ))}
            </Paper>
          )}
          <Only label="Those that were replayed too" checked={all} onChange={(all) => narrow({ all })} />
        </Stack>
      }
      idOf={(each) => String(each.id)}
      columns={[
        { accessor: "reason", title: "Why", render: (each) => <What of={each} /> },
        { accessor: "source", title: "Source", width: 130, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "at", title: "When", width: 130, render: (each) => <Moment at={each.at} /> },
        { accessor: "replayed", title: "", width: 110, textAlign: "right", render: (each) => each.replayed ? <Text size="xs" c="dimmed">replayed <Moment at={each.replayed} /></Text> : edits && <Button size="compact-xs" variant="default" onClick={() => replay.mutate(each.id)}>Replay</Button> },
      ]}
      empty={<Empty title={reason || all ? "Nothing here" : "Nothing was rejected"}>{reason ? "All of this reason was replayed." : "All that came in could be applied. If something can’t be, it waits here with the reason."}</Empty>}
    />
  );
}

function What({ of: each }: { of: Entry }) {
  const [open, setOpen] = useState(false);
  const says = each.record.says as { name?: string };
  return (
    <Stack gap={2}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>{each.reason}</Text>
      <Group gap={8}><Text size="xs" c="dimmed">{says.name ?? each.record.is} of {each.record.who.map((who) => who.value).join(", ") || "nobody"}</Text><UnstyledButton data-row fz="xs" c="dimmed" td="underline" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the record" : "Show the record"}</UnstyledButton></Group>
      {open && <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{JSON.stringify(each.record, null, 2)}</Code>}
    </Stack>
  );
}
