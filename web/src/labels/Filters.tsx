/** Narrows a list by folder, tag, favourites and the archive. */
import { Select, Switch } from "@mantine/core";
import { clears } from "../ui/clears";
import type { Labelled } from "./labels";

export function Filters({ by, folders, tags, narrow }: { by: Labelled; folders: string[]; tags: string[]; narrow: (by: Labelled) => void }) {
  return (
    <>
      {(folders.length > 0 || by.folder) && <Select w={150} aria-label="Folder" placeholder="Any folder" data={folders} value={by.folder ?? null} clearable clearButtonProps={clears("Any folder")} onChange={(value) => narrow({ folder: value ?? undefined })} />}
      {(tags.length > 0 || by.tag) && <Select w={130} aria-label="Tag" placeholder="Any tag" data={tags} value={by.tag ?? null} clearable clearButtonProps={clears("Any tag")} onChange={(value) => narrow({ tag: value ?? undefined })} />}
      <Switch size="sm" label="My favourites" checked={by.fav ?? false} onChange={(event) => narrow({ fav: event.currentTarget.checked || undefined })} />
      <Switch size="sm" label="Archive" checked={by.archived ?? false} onChange={(event) => narrow({ archived: event.currentTarget.checked || undefined })} />
    </>
  );
}
