/** The switch that stops all sending: one click from every page for who may, and a word on every page for everybody while it stands. */
import { ActionIcon, Alert, Button, Group, Text, UnstyledButton } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { sending } from "../ui/sending";
import classes from "./Shell.module.css";

const Stop = lazy(() => import("./Stopping").then((module) => ({ default: module.Stop })));
const Resume = lazy(() => import("./Stopping").then((module) => ({ default: module.Resume })));


/** Whether somebody may see it, and may switch it. */
function useSwitch(workspace: string) {
  const { data: now } = useQuery(session);
  const sees = !!now && may(now, workspace, "deliveries:read");
  const { data: said } = useQuery({ ...sending(workspace), enabled: sees });
  return { said, switches: !!now && may(now, workspace, "sending:stop") };
}

/** `bare`: a sign alone, in the header of a phone. */
export function StopMenu({ workspace, bare = false }: { workspace: string; bare?: boolean }) {
  const { said, switches } = useSwitch(workspace);
  const [asks, setAsks] = useState(false);
  if (!switches || !said || said.stopped) return null;
  return (
    <>
      {bare
        ? <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Stop all sending" onClick={() => setAsks(true)}><IconHandStop size={19} stroke={1.7} /></ActionIcon>
        : <UnstyledButton className={`${classes.link} ${classes.wide}`} onClick={() => setAsks(true)}><IconHandStop size={17} stroke={1.7} /> Stop all sending</UnstyledButton>}
      {asks && <Suspense><Stop workspace={workspace} onClose={() => setAsks(false)} /></Suspense>}
    </>
  );
}

/** Stands above every page while nothing is sent. */
export function Stopped({ workspace }: { workspace: string }) {
  const { said, switches } = useSwitch(workspace);
  const [asks, setAsks] = useState(false);
  if (!said?.stopped) return null;
  const many = said.held > 10_000 ? "More than 10,000 messages wait" : said.held === 1 ? "1 message waits" : said.held ? `${said.held.toLocaleString("en")} messages wait` : "Nothing waits yet";
  return (
    <Alert color="red" variant="light" mb="lg" role="status" title="All sending is stopped" icon={<IconHandStop />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>{said.reason && `${said.reason.replace(/\.$/, "")}. `}Stopped by {said.by}, <Moment at={said.at} />. {many}; journeys go on, and what they send waits too.</Text>
        {switches && <Button size="xs" color="red" onClick={() => setAsks(true)}>Resume…</Button>}
      </Group>
      {asks && <Suspense><Resume workspace={workspace} many={many} onClose={() => setAsks(false)} /></Suspense>}
    </Alert>
  );
}
