/** A part of a page: what it is at its head, what can be done with the whole of it beside that, and what stands in it below. */
import { Box, Group, Paper, Text, Title, type PaperProps } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Card.module.css";

interface Props extends PaperProps {
  title: string;
  about?: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
}

export function Card({ title, about, action, children, ...paper }: Props) {
  return (
    <Paper withBorder className={classes.card} component="section" aria-label={title} {...paper}>
      <Group justify="space-between" align="flex-start" gap="sm" className={classes.head}>
        <Box className={classes.words}>
          <Title order={2}>{title}</Title>
          {about && <Text size="sm" c="dimmed" mt={2} maw={560} style={{ textWrap: "pretty" }}>{about}</Text>}
        </Box>
        {action && <Box className={classes.action}>{action}</Box>}
      </Group>
      {children}
    </Paper>
  );
}
