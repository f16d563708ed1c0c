/** The folder and tags of a row, in small, behind its name. */
import { Badge } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import type { Label } from "./labels";

export function Marks({ of }: { of: Label }) {
  return (
    <>
      {of.folder && <Badge leftSection={<IconFolder size={11} aria-label="Folder" />}>{of.folder}</Badge>}
      {of.tags.map((tag) => <Badge key={tag}>{tag}</Badge>)}
    </>
  );
}
