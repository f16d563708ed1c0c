/** Narrows a list by folder, tag, favourites and the archive. */
import { Select } from "@mantine/core";
import { clears } from "../ui/clears";
import { Only } from "../ui/Only";
import type { Labelled } from "./labels";

export function Filters({ by, folders, tags, narrow }: { by: Labelled; folders: string[]; tags: string[]; narrow: (by: Labelled) => void }) {
  return (
    <>
      {(folders.length > 0 || by.folder) && <Select w={150} aria-label="Folder" placeholder="Any folder" data={folders} value={by.folder ?? null} clearable clearButtonProps={clears("Any folder")} onChange={(value) => narrow({ folder: value ?? undefined })} />}
      {(tags.length > 0 || by.tag) && <Select w={130} aria-label="Tag" placeholder="Any tag" data={tags} value={by.tag ?? null} clearable clearButtonProps={clears("Any tag")} onChange={(value) => narrow({ tag: value ?? undefined })} />}
      <Only label="My favourites" checked={by.fav ?? false} onChange={(fav) => narrow({ fav: fav || undefined })} />
      <Only label="Archive" checked={by.archived ?? false} onChange={(archived) => narrow({ archived: archived || undefined })} />
    </>
  );
}
