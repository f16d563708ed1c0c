/** The folder and the tags of one thing, edited. */
import { Autocomplete, Button, Group, Stack, TagsInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, Refused } from "../api/client";
import { Dialog } from "../ui/Dialog";
import { told, toldFault } from "../ui/told";
import type { Label } from "./labels";

export function Edit({ of, title, folders, tags, onClose }: { of: Label; title: string; folders: string[]; tags: string[]; onClose: () => void }) {
  const [folder, setFolder] = useState(of.folder);
  const [own, setOwn] = useState(of.tags);
  const [fault, setFault] = useState<Refused | null>(null);
  const client = useQueryClient();
  const write = (folder: string, tags: string[]) =>
    api.PUT("/api/labels/{kind}/{name}", { params: { path: { kind: of.kind, name: of.name } }, body: { folder, tags } }).then(() => client.invalidateQueries({ queryKey: ["labels"] }));
  const keep = (event: FormEvent) => {
    event.preventDefault();
    write(folder, own).then(() => { onClose(); told(`${title} is labelled.`, () => void write(of.folder, of.tags).catch(toldFault)); }, (error: Refused) => setFault(error));
  };
  return (
    <Dialog onClose={onClose} title={`Folder and tags of ${title}`}>
      <form onSubmit={keep}>
        <Stack>
          <Autocomplete data-autofocus openOnFocus={false} label="Folder" description="Everybody sees it. Empty: in none." placeholder="Onboarding" data={folders} value={folder} onChange={setFolder} error={fault?.of("folder")} />
          <TagsInput openOnFocus={false} label="Tags" placeholder={own.length ? "" : "Type one, then Enter"} data={tags} value={own} onChange={setOwn} error={fault?.of("tags") ?? (fault && !fault.of("folder") ? fault.says : undefined)} />
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit">Save</Button></Group>
        </Stack>
      </form>
    </Dialog>
  );
}
