/** The head of a page, and the states every page has: waiting, empty, refused. */
import { Alert, Box, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { Refused } from "../api/client";
import classes from "./Page.module.css";

/** `mark`: how it stands, beside its name; `children`: what can be done. */
export function PageHead({ title, mark, about, children }: { title: string; mark?: ReactNode; about?: ReactNode; children?: ReactNode }) {
  useDocumentTitle(`${title} · Tidings`);
  return (
    <Group className={classes.head} justify="space-between" align={about ? "flex-start" : "center"} mb="lg" gap="sm">
      <div className={classes.words}>
        <Group className={classes.name} gap="xs"><Title order={1}>{title}</Title>{mark}</Group>
        {about && <Text className={classes.about} c="dimmed" size="sm" mt={2} style={{ textWrap: "pretty" }}>{about}</Text>}
      </div>
      {children && <Group className={classes.does} gap="xs">{children}</Group>}
    </Group>
  );
}

/** Says what will stand here and what to do to get it. Teach; never only "no data". What stands in the page's head is not offered here again. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Stack className={classes.empty} align="center" gap={4} py={48} px="md">
      <Text fw={600} ta="center">{title}</Text>
      <Text c="dimmed" size="sm" ta="center" maw={420} style={{ textWrap: "balance" }}>{children}</Text>
      {action && <Box mt="sm">{action}</Box>}
    </Stack>
  );
}

/** `head`: a whole page is waited for, its name too. `list`: rows as high as those of a list. */
export function Waiting({ rows = 6, head, list }: { rows?: number; head?: boolean; list?: boolean }) {
  return (
    <div role="progressbar" aria-busy="true" aria-label="Loading">
      {head && <Box mb="lg"><Skeleton height={26} width={220} radius="sm" /><Skeleton height={20} width={320} maw="100%" mt={4} radius="sm" /></Box>}
      <Stack gap={list ? 0 : 10}>
        {Array.from({ length: rows }, (_, n) => list
          ? <Box key={n} py={11} style={{ borderBottom: "1px solid var(--line)" }}><Skeleton height={12} width={n ? `${34 + ((n * 37) % 40)}%` : 120} radius="sm" /></Box>
          : <Skeleton key={n} height={30} radius="sm" />)}
      </Stack>
    </div>
  );
}

/** What can't be shown, and why. Where it is not there, or not for them, trying again is not offered. `whole`: it is the page. */
export function Failed({ error, again, whole }: { error: Error; again?: () => void; whole?: boolean }) {
  const hint = error instanceof Refused ? error.hint : "";
  const final = error instanceof Refused && (error.status === 404 || error.status === 403);
  if (whole) return <div role="alert"><PageHead title={error.message} about={hint}>{again && !final && <Button variant="default" onClick={again}>Try again</Button>}</PageHead></div>;
  return (
    <Alert color="red" variant="light" role="alert" title={error.message}>
      {hint && <Text size="sm">{hint}</Text>}
      {again && !final && <Button mt={hint ? "xs" : 0} size="xs" variant="default" onClick={again}>Try again</Button>}
    </Alert>
  );
}
