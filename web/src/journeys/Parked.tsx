/** Runs that stand still at a fault: what stopped them and where, who they are, and once more when the cause is mended. */
import { Anchor, Button, Code, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { called } from "../people/called";
import { may, session } from "../session/session";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { useNames } from "./called";
import { parked } from "./room";

type Still = Schemas["ParkedRun"];
type Fault = Schemas["FaultOf"];

export function Parked() {
  const { q = "", journey = "", step = "", fault = "", sort = "" } = parked.useSearch();
  const { workspace } = parked.useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const publishes = !!now && may(now, workspace, "journeys:publish");
  const found = useQuery({ queryKey: ["parked", workspace, "faults", journey], queryFn: () => data(api.GET("/api/parked/faults", { params: { query: { journey } } })), refetchInterval: 5000 });
  const faults = found.data?.faults ?? [];
  const names = useNames(workspace, faults.map((each) => each.journey));
  const again = useMutation({
    mutationFn: (body: Schemas["TryAgain"]) => data(api.POST("/api/parked/retry", { body })),
    onSuccess: ({ runs }) => { told(runs === 1 ? "It tries again. If it fails once more, it is listed again." : `${runs.toLocaleString("en")} try again. Those that fail once more are listed again.`); void client.invalidateQueries({ queryKey: ["parked", workspace] }); },
    onError: toldFault,
  });
  const narrow = (to: Fault | null) => void navigate({ to: ".", search: { ...(to ? { journey: to.journey, step: to.step, fault: to.fault } : journey ? { journey } : {}), ...(q && { q }), ...(sort && { sort }) }, replace: true });
  const chosen = (each: Fault) => each.journey === journey && each.step === step && each.fault === fault;
  const shown = faults.filter((each) => !fault || chosen(each));
  const count = shown.reduce((sum, each) => sum + each.runs, 0);
  const name = faults.find((each) => each.journey === journey)?.name ?? journey;
  const at = (id: string) => `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}`;
  return (
    <>
      <Text size="sm" mb={4}><Anchor component={Link} to={journey ? at(journey) : `/${encodeURIComponent(workspace)}/journeys`} c="dimmed">{journey ? name : "Journeys"}</Anchor></Text>
      <ListPage<Still, string>
        title="Stopped by a fault"
        about="These people stand still at a step that failed. Nothing is lost: mend the cause, and let them try the step again."
        actions={publishes && journey && count > 0 && <Button variant="default" loading={again.isPending} onClick={() => again.mutate({ journey, step, fault, run: "" })}>{fault ? `Let these ${count.toLocaleString("en")} try again` : `Let all ${count.toLocaleString("en")} try again`}</Button>}
        queryKey={["parked", workspace, q, journey, step, fault, sort]}
        fetch={async (after) => {
          const page = await data(api.GET("/api/parked", { params: { query: { q, journey, step, fault, after: after ?? "", oldest: sort === "at" } } }));
          return { rows: page.runs, next: page.next ?? null };
        }}
        refetchInterval={5000}
        sort={{ columnAccessor: "at", direction: sort === "at" ? "asc" : "desc" }}
        onSort={() => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, sort: sort === "at" ? undefined : "at" }), replace: true })}
        search={faults.length > 0 || q ? { value: q, placeholder: "Search by a person’s name, email or id", onChange: (text) => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, q: text || undefined }), replace: true }) } : undefined}
        filters={faults.length > 0 && (
          <Paper withBorder radius="md" p="xs" w="100%" component="section" aria-label="What stopped them">
            {faults.map((each) => (
              <UnstyledButton key={`${each.journey} ${each.step} ${each.fault}`} display="block" w="100%" px={8} py={4} fz="sm" fw={chosen(each) ? 600 : 400} aria-pressed={chosen(each)} onClick={() => narrow(chosen(each) ? null : each)}>
                <Group justify="space-between" wrap="nowrap" align="flex-start">
                  <span style={{ overflowWrap: "anywhere" }}>{quoted(each.fault)}<Text span size="xs" c="dimmed" display="block">{names.step(each.journey, each.step)} in {each.name}</Text></span>
                  <span className="figures">{each.runs.toLocaleString("en")}</span>
                </Group>
              </UnstyledButton>
            ))}
          </Paper>
        )}
        idOf={(each) => each.run}
        columns={[
          { accessor: "person", title: "Who and why", render: (each) => <Why of={each} workspace={workspace} /> },
          { accessor: "step", title: "Step", width: 180, visibleMediaQuery: "(min-width: 48em)", render: (each) => <Link to={at(each.journey)} search={{ step: each.step }}>{names.step(each.journey, each.step)}</Link> },
          { accessor: "at", title: "Since", width: 130, sortable: true, visibleMediaQuery: "(min-width: 48em)", render: (each) => each.at && <Moment at={each.at} /> },
          { accessor: "run", title: "", width: 110, textAlign: "right", render: (each) => publishes && <Button size="compact-xs" variant="default" onClick={() => again.mutate({ journey: each.journey, run: each.run, step: "", fault: "" })}>Try again</Button> },
        ]}
        empty={<Empty title="Nobody stands still">Where an action breaks, a call is refused or a message is gone, the people at that step wait here with the reason, until you let them try again.</Empty>}
      />
    </>
  );
}

function Why({ of: each, workspace }: { of: Still; workspace: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Stack gap={2}>
      <span style={{ overflowWrap: "anywhere" }}>{each.person ? <Link to={`/${encodeURIComponent(workspace)}/people/${each.person}`}>{called(each)}</Link> : "Somebody who is deleted"}{each.key && <Text span size="xs" c="dimmed"> {each.key}</Text>}</span>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>{quoted(each.fault)}</Text>
      {each.detail && <UnstyledButton data-row fz="xs" c="dimmed" td="underline" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide the details" : "Show the details"}</UnstyledButton>}
      {open && <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{each.detail}</Code>}
    </Stack>
  );
}
