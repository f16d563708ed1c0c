/** A dialog that is there as long as it is asked for: whoever closes it is back at what they pressed, with the keyboard too. */
import { Modal, type ModalProps } from "@mantine/core";
import { useReturn } from "./useReturn";

export function Dialog(props: Omit<ModalProps, "opened">) {
  useReturn();
  return <Modal opened {...props} />;
}
