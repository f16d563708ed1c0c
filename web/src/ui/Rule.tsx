/** A rule as a list shows it: its first lines, all of it for whoever rests on it. */
import { Text } from "@mantine/core";

export function Rule({ of }: { of: string }) {
  return <Text ff="monospace" fz="xs" c="dimmed" lineClamp={3} title={of} style={{ overflowWrap: "anywhere" }}>{of}</Text>;
}
