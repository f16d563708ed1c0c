/** Which segment, of those that are kept by hand. */
import { Anchor, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";

/** `home`: where segments are made, should there be none. */
export function Pick({ segments, home, go }: { segments: { value: string; label: string }[]; home: string; go: (segment: string) => void }) {
  const [segment, setSegment] = useState<string | null>(null);
  if (!segments.length) return <Text size="sm">No segment is kept by hand yet. <Anchor fz="sm" href={`${home}/segments`}>Make one</Anchor> (New segment, then “Kept by hand”), publish it, and come back.</Text>;
  return (
    <Stack gap="md">
      <Select label="Segment" description="Those that are kept by hand." data={segments} value={segment} onChange={setSegment} searchable data-autofocus />
      <Group justify="flex-end"><Button disabled={!segment} onClick={() => segment && go(segment)}>Go on</Button></Group>
    </Stack>
  );
}
