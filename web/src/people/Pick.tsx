/** Which segment, of those that are kept by hand. */
import { Button, Group, Select, Stack } from "@mantine/core";
import { useState } from "react";

export function Pick({ segments, go }: { segments: { value: string; label: string }[]; go: (segment: string) => void }) {
  const [segment, setSegment] = useState<string | null>(null);
  return (
    <Stack gap="md">
      <Select label="Segment" description="Those that are kept by hand." data={segments} value={segment} onChange={setSegment} searchable data-autofocus />
      <Group justify="flex-end"><Button disabled={!segment} onClick={() => segment && go(segment)}>Go on</Button></Group>
    </Stack>
  );
}
