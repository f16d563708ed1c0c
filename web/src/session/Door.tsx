/** The frame of the pages outside: sign in, set up, join. */
import { Alert, Stack, Text, Title } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Refused } from "../api/client";
import classes from "./Door.module.css";

interface Props {
  title: string;
  about: ReactNode;
  fault: Error | null;
  onSubmit: () => void;
  children: ReactNode;
}

export function Door({ title, about, fault, onSubmit, children }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  const says = fault && !(fault instanceof Refused && fault.faults.some((each) => each.where)) ? fault.message : null;
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.head}><img src="/icon.svg" width={26} height={26} alt="" /> Tidings</div>
        <Title order={1}>{title}</Title>
        <Text c="dimmed" mt={4} mb="lg" size="sm">{about}</Text>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {says && <Alert color="red" variant="light" role="alert">{says}{fault instanceof Refused && fault.hint ? ` ${fault.hint}` : ""}</Alert>}
            {children}
          </Stack>
        </form>
      </div>
    </main>
  );
}
