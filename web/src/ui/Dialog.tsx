/** A dialog that is there as long as it is asked for: whoever closes it is back at what they pressed, with the keyboard too. */
import { Group, Modal, type ModalProps } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./Dialog.module.css";
import { useReturn } from "./useReturn";

export function Dialog(props: Omit<ModalProps, "opened">) {
  useReturn();
  return <Modal opened {...props} />;
}

/** What is pressed at the end of a long dialog. */
export function Foot({ children }: { children: ReactNode }) {
  return <Group justify="flex-end" gap="xs" className={styles.foot}>{children}</Group>;
}
