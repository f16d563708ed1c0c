/** What is shown where a page can't be: it does not exist, or something went wrong. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { Refused } from "../api/client";

export function NotFound() {
  return (
    <Message title="This page does not exist" says="The link may be old, or it leads to a workspace that you are not a member of.">
      <Button component="a" href="/" variant="default">Go to the start page</Button>
    </Message>
  );
}

/** What browsers say where a part of the app can't be had: there is no connection, or a newer version has taken its place. */
const MISSING = /dynamically imported module|importing a module|module script failed|preload css/i;

export function Broken({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const refused = error instanceof Refused ? error : null;
  if (!navigator.onLine || (error instanceof Error && MISSING.test(error.message))) {
    return (
      <Message title={navigator.onLine ? "There is a newer version" : "You are offline"} says={navigator.onLine ? "Tidings was updated while this page was open. Load it again to go on." : "This page was not loaded yet. Try again once there is a connection."}>
        <Button onClick={() => location.reload()}>{navigator.onLine ? "Load it again" : "Try again"}</Button>
      </Message>
    );
  }
  return (
    <Message
      title={refused ? refused.says : "This page broke"}
      says={refused ? refused.hint : "It is our fault. Nothing you saved is lost. Load it again; if it breaks again, tell whoever runs Tidings what you did."}
    >
      <Button onClick={() => { reset(); void router.invalidate(); }}>Try again</Button>
      <Button component="a" href="/" variant="default">Go to the start page</Button>
    </Message>
  );
}

function Message({ title, says, children }: { title: string; says: string; children: React.ReactNode }) {
  return (
    <Stack component="main" align="center" justify="center" mih="70vh" gap="sm" p="xl" role="alert">
      <Title order={1}>{title}</Title>
      <Text c="dimmed" ta="center" maw={440} style={{ textWrap: "balance" }}>{says}</Text>
      <Group mt="sm">{children}</Group>
    </Stack>
  );
}
