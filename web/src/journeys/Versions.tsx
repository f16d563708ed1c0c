/** Every version of a journey: when, by whom, what for, what it changed, who is still on it, and the way back to it. */
import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { SideDialog } from "../ui/SideDialog";
import { Moment } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import styles from "./Edit.module.css";
import { Sentences } from "./Sentences";
import type { StepWords } from "./steps";
import { Who } from "./Who";

export function Versions({ workspace, journey, steps, onClose, onBack, mayPublish }: { workspace: string; journey: string; steps: ReadonlyMap<string, StepWords>; onClose: () => void; onBack: (version: number) => void; mayPublish: boolean }) {
  const found = useQuery({
    queryKey: ["versions", workspace, journey],
    queryFn: () => data(api.GET("/api/journeys/{journey}/versions", { params: { path: { journey } } })),
  });
  return (
    <SideDialog onClose={onClose} size="md" title="Versions">
      {found.error ? <Failed error={found.error} again={() => void found.refetch()} /> : !found.data ? <Waiting /> : (
        <Stack gap="md" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
          {found.data.versions.map((each) => (
            <li key={each.version} className={styles.arm}>
              <Group justify="space-between" wrap="nowrap">
                <Group gap={6}><Text fw={600} size="sm">Version {each.version}</Text>{each.newest && <Badge variant="light" size="sm" tt="none">newest</Badge>}</Group>
                {!each.newest && mayPublish && <Button size="compact-xs" variant="default" onClick={() => onBack(each.version)}>Bring it back</Button>}
              </Group>
              <Text size="xs" c="dimmed">
                {each.at && <Moment at={each.at} />}{each.author && <> by <Who workspace={workspace} of={each.author} /></>}{each.approver && <>, approved by <Who workspace={workspace} of={each.approver} /></>}
                {each.inside > 0 && `, ${each.inside.toLocaleString("en")} on it now`}
              </Text>
              {each.note && <Text size="sm">{each.note}</Text>}
              {each.changes.length > 0 && <Sentences of={each.changes.map((one) => one.text)} steps={steps} />}
            </li>
          ))}
        </Stack>
      )}
    </SideDialog>
  );
}
