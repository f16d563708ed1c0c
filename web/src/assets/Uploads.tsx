/** Files on their way up: how far each is, and why one was not taken. */
import { CloseButton, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Refused } from "../api/client";
import { capital } from "../api/quoted";
import { upload, type Asset } from "./assets";

export interface Sent { key: number; name: string; share: number; fault: string; hint: string }
let last = 0;

/** `send` uploads one after the other and gives those that were taken. */
export function useUploads() {
  const [sent, setSent] = useState<Sent[]>([]);
  const client = useQueryClient();
  const send = async (files: readonly File[], over = ""): Promise<Asset[]> => {
    const made: Asset[] = [];
    for (const file of files) {
      const key = ++last;
      const tell = (more: Partial<Sent>) => setSent((before) => before.map((each) => (each.key === key ? { ...each, ...more } : each)));
      setSent((before) => [...before, { key, name: file.name, share: 0, fault: "", hint: "" }]);
      try {
        made.push(await upload(file, (share) => tell({ share }), over));
        setSent((before) => before.filter((each) => each.key !== key));
      } catch (error) {
        const refused = error as Refused;
        tell({ fault: refused.says, hint: refused.hint });
      }
    }
    await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "content" });
    return made;
  };
  const dismiss = (key: number) => setSent((before) => before.filter((each) => each.key !== key));
  return { sent, send, dismiss };
}

export function Uploads({ sent, dismiss }: { sent: readonly Sent[]; dismiss: (key: number) => void }) {
  return (
    <Stack gap={6} role="status" aria-label="Uploads" mb={sent.length ? "md" : 0}>
      {sent.map((each) => (
        <Paper key={each.key} withBorder radius="md" px="sm" py={8}>
          <Group justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm" fw={550} truncate>{each.name}</Text>
            {each.fault ? <CloseButton size="sm" aria-label={`Dismiss ${each.name}`} onClick={() => dismiss(each.key)} /> : <Text size="xs" c="dimmed" className="figures">{Math.round(each.share * 100)} %</Text>}
          </Group>
          {each.fault ? <Text size="sm" c="var(--bad)">{capital(each.fault).replace(/\.$/, "")}{each.hint && `; ${each.hint.charAt(0).toLowerCase() + each.hint.slice(1).replace(/\.$/, "")}`}.</Text> : <Progress size="sm" mt={4} value={each.share * 100} aria-label={`${each.name}, uploaded`} />}
        </Paper>
      ))}
    </Stack>
  );
}
