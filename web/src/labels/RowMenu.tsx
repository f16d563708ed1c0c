/** What can be done with a row of a list: its folder and tags, a copy of it, the archive. */
import { ActionIcon, Menu } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import { told, toldFault } from "../ui/told";
import type { Label } from "./labels";

const Edit = lazy(() => import("./Edit").then((module) => ({ default: module.Edit })));

interface Props {
  of: Label;
  title: string;
  folders: string[];
  tags: string[];
  /** Makes a copy; left out where none can be made from here. */
  copy?: () => void;
  /** What has to be done before it can be archived, and what takes that back; left out where nothing has to. */
  before?: { says: string; does: string; run: () => Promise<unknown>; back: () => Promise<unknown> };
  /** How it is once it is restored, where that is not as it was. */
  restored?: string;
}

export function RowMenu({ of, title, folders, tags, copy, before, restored = "" }: Props) {
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const path = { kind: of.kind, name: of.name };
  const put = (on: boolean) => api.PUT("/api/labels/{kind}/{name}/archived", { params: { path }, body: { on } });
  const again = () => client.invalidateQueries();
  const archive = async () => {
    try {
      await before?.run();
      await put(true);
      await again();
      told(`${title} is in the archive.`, () => void put(false).then(() => before?.back()).then(again, toldFault));
    } catch (error) {
      toldFault(error as Error);
      void again();
    }
  };
  const ask = () => (before ? modals.openConfirmModal({ title: `${before.does} ${title}?`, children: before.says, labels: { confirm: before.does, cancel: "Cancel" }, onConfirm: () => void archive() }) : void archive());
  const restore = () => void put(false).then(() => { void again(); told(`${title} is back in the list. ${restored}`.trim(), () => void put(true).then(again, toldFault)); }, toldFault);
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target><ActionIcon variant="subtle" color="gray" c="gray.6" size={26} aria-label={`More for ${title}`}><IconDots size={16} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen(true)}>Folder and tags…</Menu.Item>
          {copy && <Menu.Item onClick={copy}>Duplicate</Menu.Item>}
          {of.archived ? <Menu.Item onClick={restore}>Restore</Menu.Item> : <Menu.Item onClick={ask}>{before ? "Archive…" : "Archive"}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {open && <Suspense fallback={null}><Edit of={of} title={title} folders={folders} tags={tags} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
