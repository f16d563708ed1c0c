/** The folder and tags of a row, in small, behind its name. */
import { Badge } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import type { Label } from "./labels";

export function Marks({ of }: { of: Label }) {
  return (
    <>
      {of.folder && <Badge variant="default" size="sm" tt="none" fw={500} leftSection={<IconFolder size={11} aria-label="Folder" />}>{of.folder}</Badge>}
      {of.tags.map((tag) => <Badge key={tag} variant="light" color="gray" size="sm" tt="none" fw={500}>{tag}</Badge>)}
    </>
  );
}
