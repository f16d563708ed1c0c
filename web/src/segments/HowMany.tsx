/** How many people are in a segment in force; while its rule is asked of everybody for the first time, how far that has come. */
import { Group, Progress, Text } from "@mantine/core";
import { type Schemas } from "../api/client";

export function HowMany({ of: { people, counted } }: { of: Schemas["Segment"] }) {
  if (counted === 1) return <Text component="span" size="sm" c="dimmed" className="figures">{people.toLocaleString("en")} {people === 1 ? "person" : "people"}</Text>;
  const share = Math.floor(100 * counted);
  return (
    <Group component="span" gap="xs" wrap="nowrap" role="status">
      <Text component="span" size="sm" c="dimmed" className="figures">Being counted, {share} %</Text>
      <Progress value={share} size="sm" w={80} aria-label="How far it is counted" />
    </Group>
  );
}
