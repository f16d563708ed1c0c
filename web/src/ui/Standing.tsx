/** How something stands: a dot and a word. It is read, not pressed, and so looks like no button; the word says it, the colour only helps. */
import { Badge, type BadgeProps } from "@mantine/core";

export function Standing({ colour, children, ...badge }: BadgeProps & { colour: string; title?: string; role?: string }) {
  return (
    <Badge variant="transparent" c="var(--strong)" px={0} tt="none" fw={500} {...badge}
      leftSection={<span aria-hidden style={{ display: "block", width: 7, height: 7, borderRadius: 7, background: `var(--mantine-color-${colour}-6)` }} />}>
      {children}
    </Badge>
  );
}
