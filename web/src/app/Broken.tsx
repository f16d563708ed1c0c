/** What is shown where a page can't be: it does not exist, or something went wrong. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, data, Refused } from "../api/client";
import { Waiting } from "../ui/Page";

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
  if (!navigator.onLine || (error instanceof Error && MISSING.test(error.message))) return <Missing />;
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

/** A part could not be had. Where nothing answers it is loaded once something does; where all is well, a newer version has taken its place. */
function Missing() {
  const away = useRef(false);
  const { status } = useQuery({
    queryKey: ["answers"],
    queryFn: () => data(api.GET("/api/session")),
    networkMode: "always", retry: false, staleTime: 0, gcTime: 0, refetchInterval: ({ state }) => (state.status === "error" ? 2000 : false),
  });
  useEffect(() => {
    if (status === "error") away.current = true;
    if (status === "success" && away.current) location.reload();
  }, [status]);
  if (status === "pending") return <Waiting head />;
  if (status === "error") return <Message title={navigator.onLine ? "The server can’t be reached" : "You are offline"} says="This page was not loaded yet. It comes by itself once there is a connection." />;
  return (
    <Message title="There is a newer version" says="Tidings was updated while this page was open. Load it again to go on.">
      <Button onClick={() => location.reload()}>Load it again</Button>
    </Message>
  );
}

function Message({ title, says, children }: { title: string; says: string; children?: React.ReactNode }) {
  return (
    <Stack component="main" align="center" justify="center" mih="70vh" gap="sm" p="xl" role="alert">
      <Title order={1}>{title}</Title>
      <Text c="dimmed" ta="center" maw={440} style={{ textWrap: "balance" }}>{says}</Text>
      {children && <Group mt="sm">{children}</Group>}
    </Stack>
  );
}
