/** Dialogs and drawers that are there as long as they are asked for: whoever closes one is back at what they pressed, with the keyboard too. */
import { Drawer, Modal, type DrawerProps, type ModalProps } from "@mantine/core";
import { useReturn } from "./useReturn";

export function Dialog(props: Omit<ModalProps, "opened">) {
  useReturn();
  return <Modal opened {...props} />;
}

export function SideDialog(props: Omit<DrawerProps, "opened">) {
  useReturn();
  return <Drawer opened position="right" {...props} />;
}
