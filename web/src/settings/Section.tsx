/** A part of a settings page: what it is for at its head, what can be done in it below. */
import { Box, Group, Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Section.module.css";

export function Section({ title, about, action, children }: { title: string; about?: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder radius="md" p="lg" mb="md" component="section" aria-label={title}>
      <Group justify="space-between" align="flex-start" mb="md" gap="sm" className={classes.head}>
        <Box className={classes.words}>
          <Title order={2}>{title}</Title>
          {about && <Text size="sm" c="dimmed" mt={2} maw={560} style={{ textWrap: "pretty" }}>{about}</Text>}
        </Box>
        {action && <Box style={{ flexShrink: 0 }}>{action}</Box>}
      </Group>
      {children}
    </Paper>
  );
}
