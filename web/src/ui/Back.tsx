/** The way from one thing to the list it stands in, above its name; also where there is no such thing. */
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

export function Back({ to, children }: { to: string; children: ReactNode }) {
  return <Text size="sm" mb={4}><Anchor component={Link} to={to} c="dimmed">{children}</Anchor></Text>;
}
