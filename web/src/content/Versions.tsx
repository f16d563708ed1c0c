/** How a text was before: who published it when and what for, and the way back, as a draft that is published like any other. */
import { Button, Code, Drawer, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Moment } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import type { Kind } from "./piece";

interface Props { workspace: string; kind: Kind; name: string; edits: boolean; onClose: () => void; onRestore: (text: string) => void }

export function Versions({ workspace, kind, name, edits, onClose, onRestore }: Props) {
  const found = useQuery({ queryKey: ["content", workspace, kind, name, "versions"], queryFn: () => data(api.GET("/api/content/{kind}/{name}/versions", { params: { path: { kind, name } } })) });
  const [open, setOpen] = useState(0);
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={`Versions of ${name}`}>
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {!found.data && !found.error && <Waiting rows={4} />}
      {found.data?.versions.length === 0 && <Text size="sm" c="dimmed">It was never published.</Text>}
      <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {found.data?.versions.map((version, n) => (
          <Paper key={version.number} component="li" withBorder radius="md" p="sm">
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <div>
                <Text size="sm" fw={600}>{version.note || (version.text ? "Published" : "Deleted")}{n === 0 && version.text && " (in force)"}</Text>
                <Text size="xs" c="dimmed">{version.author || "from files"}{version.approver && `, approved by ${version.approver}`}, <Moment at={version.at} /></Text>
              </div>
              <Group gap={6} wrap="nowrap">
                {version.text && <Button size="compact-xs" variant="subtle" aria-expanded={open === version.number} onClick={() => setOpen(open === version.number ? 0 : version.number)}>{open === version.number ? "Hide" : "Show"}</Button>}
                {edits && n > 0 && version.text && <Button size="compact-xs" variant="default" onClick={() => onRestore(version.text)}>Restore as draft</Button>}
              </Group>
            </Group>
            {open === version.number && <Code block mt="xs" style={{ whiteSpace: "pre-wrap", maxHeight: 320, overflow: "auto" }} tabIndex={0}>{version.text}</Code>}
          </Paper>
        ))}
      </Stack>
    </Drawer>
  );
}
