/** All that was ever done to many people at once: searched, narrowed, the newest or the oldest first. */
import { Select, Stack, Text, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { clears } from "../ui/clears";
import { List, Order } from "../ui/ListPage";
import { file, type Searched } from "./room";
import { Line, tasksKey } from "./Tasks";

const STATES = [{ value: "running", label: "Being done" }, { value: "done", label: "Done" }, { value: "stopped", label: "Stopped" }, { value: "failed", label: "Failed" }];
const ORDERS = [{ value: "newest", label: "Newest first" }, { value: "time", label: "Oldest first" }];

export function Work({ workspace, edits }: { workspace: string; edits: boolean }) {
  const { q = "", state = "", sort } = file.useSearch();
  const navigate = useNavigate();
  const narrow = (by: Searched) => void navigate({ to: ".", search: Object.fromEntries(Object.entries({ q, state, sort, ...by }).filter(([, value]) => value)), replace: true });
  return (
    <section aria-label="Work on many people">
      <Title order={2} mb="sm">Work on many people</Title>
      <List<Schemas["TaskShown"], number>
        title="Work on many people"
        queryKey={[...tasksKey(workspace), "all", q, state, sort]}
        fetch={async (after) => {
          const page = await data(api.GET("/api/tasks", { params: { query: { q, state, oldest: sort === "time", after: after ?? 0 } } }));
          return { rows: page.tasks, next: page.next ?? null };
        }}
        refetchInterval={1500}
        search={{ value: q, placeholder: "Search by file, segment, rule or who", onChange: (text) => narrow({ q: text }) }}
        filters={<>
          <Select w={{ base: "100%", xs: 150 }} aria-label="Status" placeholder="Any status" clearable clearButtonProps={clears("Any status")} data={STATES} value={state || null} onChange={(to) => narrow({ state: to ?? "" })} />
          <Order choices={ORDERS} value={sort} onChange={(by) => narrow({ sort: by })} />
        </>}
        idOf={(task) => String(task.id)}
        draw={(tasks) => <Stack gap="xs">{tasks.map((task) => <Line key={task.id} task={task} workspace={workspace} edits={edits} />)}</Stack>}
        empty={<Text size="sm" c="dimmed">{state ? "Nothing is in this state." : "Nothing yet: imports, and what is done to many people at once, stand here with how far they have come and their undo."}</Text>}
      />
    </section>
  );
}
