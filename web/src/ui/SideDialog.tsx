/** A drawer as `Dialog` is one, at the side of the page. A file of its own: every page takes dialogs, few take drawers. */
import { Drawer, type DrawerProps } from "@mantine/core";
import { useReturn } from "./useReturn";

export function SideDialog(props: Omit<DrawerProps, "opened">) {
  useReturn();
  return <Drawer opened position="right" {...props} />;
}
