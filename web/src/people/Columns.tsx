/** Which attributes stand beside everybody in the list. */
import { TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { standing } from "../api/client";
import { words } from "../rules/words";

export function Columns({ names, onChange }: { names: string[]; onChange: (names: string[]) => void }) {
  const known = useQuery(words(standing.workspace)).data?.attributes.map((each) => each.name) ?? [];
  return <TagsInput ref={(field) => field?.focus()} label="Attributes shown" placeholder="plan" data={known} value={names} maxTags={10} splitChars={[","]} onChange={onChange} comboboxProps={{ withinPortal: false }} />;
}
