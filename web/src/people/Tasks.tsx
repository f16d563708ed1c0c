/** Work on many people: how far it has come, stopped or undone. */
import { Anchor, Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, data, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { Moment } from "../ui/moment";
import { Rule } from "../ui/Rule";
import { saveCsv } from "../ui/taken";
import { told, toldFault } from "../ui/told";

type Task = Schemas["TaskShown"];
export const tasksKey = (workspace: string) => ["tasks", workspace];
const RUNS = ["waiting", "running"];
const CHANGED: Record<string, string> = { add: "put in", remove: "taken out", suppress: "forgotten and refused from then on" };
const RECENT = 3_600_000;

const KINDS: Record<string, string> = { import: "Import of", undo: "", add: "", remove: "", suppress: "" };
const STATES: Record<string, string> = { waiting: "waits", running: "is being done", done: "is done", stopped: "was stopped", failed: "failed" };

/** Those that run, and those of the last hour. `after`: what is to be done once one has ended. */
export function Tasks({ workspace, edits, after }: { workspace: string; edits: boolean; after?: () => void }) {
  const client = useQueryClient();
  const found = useQuery({
    queryKey: tasksKey(workspace),
    queryFn: async () => (await data(api.GET("/api/tasks"))).tasks,
    refetchInterval: (query) => (query.state.data?.some((each) => RUNS.includes(each.state)) ? 1000 : 15_000),
  });
  // whoever was put in, taken out or forgotten: the list follows a moment after it is done
  const ended = found.data?.filter((each) => !RUNS.includes(each.state)).length;
  const before = useRef(ended), then = useRef(after);
  useEffect(() => { then.current = after; });
  useEffect(() => {
    const is = before.current !== undefined && before.current !== ended;
    before.current = ended;
    if (!is) return;
    const timer = setTimeout(() => { void client.invalidateQueries({ queryKey: ["people", workspace] }); then.current?.(); }, 1000);
    return () => clearTimeout(timer);
  }, [client, ended, workspace]);
  const tasks = (found.data ?? []).filter((each) => RUNS.includes(each.state) || Date.now() - Date.parse(each.made) < RECENT).slice(0, 3);
  if (!tasks.length) return null;
  return (
    <Paper withBorder p="sm" radius="md" w="100%" component="section" aria-label="Work on many people">
      <Stack gap="xs">
        {tasks.map((task) => <Line key={task.id} task={task} workspace={workspace} edits={edits} />)}
        <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/people/import`} fz="xs">All that was done to many</Anchor>
      </Stack>
    </Paper>
  );
}

/** One of them, with how it is stopped or taken back. */
export function Line({ task, workspace, edits }: { task: Task; workspace: string; edits: boolean }) {
  const client = useQueryClient();
  const act = async (call: Promise<unknown>, says: string) => {
    try {
      await call;
      told(says);
    } catch (error) {
      toldFault(error as Error);
    }
    void client.invalidateQueries({ queryKey: tasksKey(workspace) });
  };
  return (
    <div data-item>
      <Group justify="space-between" gap="xs">
        <Text size="sm" data-row tabIndex={-1}><b>{`${KINDS[task.kind] ?? ""} ${task.title}`.trim()}</b> {STATES[task.state] ?? task.state}<Text span c="dimmed">{" "}· {figures(task)} · {task.made_by}, <Moment at={task.made} /></Text></Text>
        <Group gap="xs">
          {edits && RUNS.includes(task.state) && <Button size="compact-xs" variant="default" onClick={() => void act(api.POST("/api/tasks/{id}/stop", { params: { path: { id: task.id } } }), "Stopped. What it did stays done.")}>Stop</Button>}
          {task.kind === "import" && task.left_out > 0 && <Button size="compact-xs" variant="default" onClick={() => void leftOut(task).catch(toldFault)}>Rows left out</Button>}
          {edits && task.can_undo && <Button size="compact-xs" variant="default" onClick={() => void act(api.POST("/api/tasks/{id}/undo", { params: { path: { id: task.id } } }), "It is being taken back.")}>Undo</Button>}
        </Group>
      </Group>
      {RUNS.includes(task.state) && <Progress mt={4} size="sm" value={(100 * task.done) / Math.max(task.total, 1)} aria-label={`Progress of ${task.title}`} />}
      {task.rule && <Rule of={task.rule} />}
      {task.problem && <Text size="xs" c="red">{task.problem}</Text>}
    </div>
  );
}

/** The rows that were left out, each with what is wrong with it before its own cells: mended, the file is imported as any other. */
async function leftOut(task: Task) {
  const { faults, columns = [] } = await data(api.GET("/api/tasks/{id}/faults", { params: { path: { id: task.id }, query: { limit: 1000 } } }));
  if (!faults.length) throw new Error("They are kept for 30 days, and are gone.");
  const says = (each: Schemas["TaskFault"]) => `Row ${each.line}: ${quoted(each.problem)}`;
  saveCsv(`${task.title.replace(/\.\w+$/, "")}-left-out`, [["What is wrong", ...columns], ...faults.map((each) => [says(each), ...(each.cells ?? [])])]);
  if (task.left_out > faults.length) told(`The first ${faults.length.toLocaleString("en")} of ${task.left_out.toLocaleString("en")} rows are in the file.`);
}

const figures = (task: Task) => `${task.done.toLocaleString("en")} of ${task.total.toLocaleString("en")} looked at, ${task.changed.toLocaleString("en")} ${CHANGED[task.kind] ?? "changed"}${task.left_out ? `, ${task.left_out.toLocaleString("en")} ${task.left_out === 1 ? "row" : "rows"} left out` : ""}`;
