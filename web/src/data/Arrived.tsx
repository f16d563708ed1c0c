/** Whether something has arrived yet: listening, then a tick with what it was. */
import { Badge, Group, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useLive } from "../api/live";

/** Listens for what comes from one source, by its name. */
export function ArrivedFrom({ source }: { source: string }) {
  const [got, setGot] = useState<string | null>(null);
  const open = useLive<{ source: string; kind: string; name: string }>(got === null ? "/api/events/live" : null, (news) => {
    if (news.source === source) setGot(news.name || news.kind);
  });
  return <Arrived got={got} open={open} first="an event" />;
}

/** `got`: what came, null: nothing yet, "": something. `first`: what is listened for. */
export function Arrived({ got, open, first }: { got: string | null; open: boolean; first: string }) {
  return (
    <Group gap={8} role="status" aria-live="polite">
      {got !== null ? <><IconCircleCheck size={18} color="var(--good)" /><Text size="sm" fw={550}>{got ? `We got it: ${got}` : "We got it"}</Text></> : <Badge>{open ? `Listening for ${first}…` : "Connecting…"}</Badge>}
    </Group>
  );
}
