/** One thing that happened in a rehearsal. */
import { Code, Group, Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { workspace as place } from "../app/routes";
import { useNames } from "../journeys/called";
import { Mark } from "./Mark";
import { later, said, type Called } from "./words";

/** `mark`: stands instead of what became of the message. */
export function LineItem({ line, start, called, mark }: { line: Schemas["WalkLine"]; start: string; called: Called; mark?: ReactNode }) {
  const named = useNames(place.useParams().workspace);
  return (
    <Paper component="li" withBorder radius="md" p="xs">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Text size="xs" c="dimmed" w={96} className="figures" style={{ flexShrink: 0 }} title={line.at}>{later(start, line.at)}</Text>
        <Text size="sm" fw={line.kind === "input" ? 600 : 400} style={{ overflowWrap: "anywhere", flex: 1 }}>{said(line, called, named)}</Text>
        {mark ?? (line.message && <Mark of={line.message.fate} />)}
      </Group>
      {line.message && (line.message.subject || line.message.text) && (
        <details>
          <Text component="summary" size="sm" mt={4}>How it reads</Text>
          <Code block mt={4} style={{ whiteSpace: "pre-wrap" }}>{line.message.text}</Code>
        </details>
      )}
    </Paper>
  );
}
