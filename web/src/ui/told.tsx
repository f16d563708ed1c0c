/** What just happened, said at the edge of the page; `undo` takes it back. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

export function told(says: string, undo?: () => void) {
  const id = notifications.show({
    autoClose: undo ? 8000 : 4000,
    withBorder: true,
    closeButtonProps: { "aria-label": "Close" },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{says}</Text>
        {undo && <Button size="compact-xs" variant="subtle" flex="none" onClick={() => { notifications.hide(id); undo(); }}>Undo</Button>}
      </Group>
    ),
  });
}

/** Let what was said go, where something opens that it would cover. */
export const untold = () => notifications.clean();

export function toldFault(error: Error) {
  notifications.show({ autoClose: 8000, withBorder: true, closeButtonProps: { "aria-label": "Close" }, color: "red", title: error.message, message: "hint" in error ? String(error.hint) : "" });
}
