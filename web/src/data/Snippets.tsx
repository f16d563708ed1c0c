/** Code with the key filled in, one tab for each library, to copy. */
import { ActionIcon, Code, CopyButton, Group, SegmentedControl, Stack, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { snippets } from "./snippets";

export function Snippets({ kind, isPublic, secret }: { kind: string; isPublic: boolean; secret: string }) {
  const all = snippets(kind, isPublic, secret, location.origin);
  const [name, setName] = useState(all[0]!.name);
  const chosen = all.find((each) => each.name === name) ?? all[0]!;
  return (
    <Stack gap={6}>
      <SegmentedControl size="xs" data={all.map((each) => each.name)} value={chosen.name} onChange={setName} aria-label="Library" style={{ alignSelf: "flex-start", maxWidth: "100%", overflowX: "auto" }} />
      <Group justify="space-between" wrap="nowrap"><Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{chosen.about}</Text><Copy text={chosen.code} label="Copy the code" /></Group>
      <Code block aria-label="Code" tabIndex={0} style={{ whiteSpace: "pre", overflowX: "auto" }}>{chosen.code}</Code>
    </Stack>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : label}><ActionIcon variant="default" aria-label={copied ? "Copied" : label} onClick={copy}>{copied ? <IconCheck size={15} /> : <IconCopy size={15} />}</ActionIcon></Tooltip>
      )}
    </CopyButton>
  );
}
