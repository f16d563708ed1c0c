/** Some of the messages as they would have read, one at a time. */
import { Button, Code, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Card } from "../ui/Card";
import { clock } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import { sideCalled } from "./figures";
import { rehearse } from "./room";
import type { Called } from "./words";

export function Samples({ id, sides, called }: { id: string; sides: string[]; called: Called }) {
  const { workspace } = rehearse.useParams();
  const [side, setSide] = useState(0);
  const [at, setAt] = useState(0);
  const found = useQuery({
    queryKey: ["rehearsal", workspace, id, "messages", side],
    queryFn: () => data(api.GET("/api/rehearsals/{id}/messages", { params: { path: { id }, query: { side } } })),
    retry: false,
  });
  const messages = found.data?.messages ?? [];
  const one = messages[Math.min(at, messages.length - 1)];
  return (
    <Card title="Messages as they read" about="A sample, made in full for the people it would have gone to."
      action={sides.length > 1 && <Select aria-label="Version" data={sides.map((label, n) => ({ value: String(n), label: sideCalled(label) }))} value={String(side)} allowDeselect={false} onChange={(value) => { setSide(Number(value)); setAt(0); }} />}>
      {found.error ? <Failed error={found.error} /> : !found.data ? <Waiting rows={3} /> : !one ? <Text size="sm" c="dimmed">No message was made in these days.</Text> : (
        <>
          <Group justify="space-between" mb="xs">
            <Text size="sm"><b>{one.subject || one.template}</b> <Text span c="dimmed">{called(one.step)}, {one.channel}, <time dateTime={one.time}>{clock(one.time)}</time></Text></Text>
            <Group gap="xs">
              <Button size="xs" variant="default" disabled={at <= 0} onClick={() => setAt(at - 1)}>Before</Button>
              <Text size="sm" className="figures">{Math.min(at, messages.length - 1) + 1} of {messages.length}</Text>
              <Button size="xs" variant="default" disabled={at >= messages.length - 1} onClick={() => setAt(at + 1)}>Next</Button>
            </Group>
          </Group>
          {one.html ? (
            <iframe title="The message" referrerPolicy="no-referrer" sandbox="" src={`/api/rehearsals/${encodeURIComponent(id)}/message?side=${side}&number=${Math.min(at, messages.length - 1)}&workspace=${encodeURIComponent(workspace)}`}
              style={{ width: "100%", height: 420, border: "1px solid var(--line)", borderRadius: 8, background: "#fff", colorScheme: "light" }} />
          ) : <Code block style={{ whiteSpace: "pre-wrap" }}>{one.text}</Code>}
        </>
      )}
    </Card>
  );
}
