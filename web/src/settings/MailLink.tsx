/** Mails a sender's address the link that confirms it, says afterwards that it was, and when; and looks whether it was opened. */
import { Anchor, Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, data } from "../api/client";
import { quoted } from "../api/quoted";
import { session } from "../session/session";
import { Moment } from "../ui/moment";
import { toldFault } from "../ui/told";
import { useSettings } from "./useSettings";

const LOOK = 5000;

export function MailLink({ email, says, compact = false }: { email: string; says: string; compact?: boolean }) {
  const { workspace, document, found, confirmed, mailed } = useSettings();
  const client = useQueryClient();
  const { data: now } = useQuery(session);
  const at = mailed[email.toLowerCase()];
  const open = !confirmed.includes(email.toLowerCase());
  const { refetch } = found;
  useEffect(() => {
    if (!at || !open) return;
    const timer = setInterval(() => void refetch(), LOOK);
    return () => clearInterval(timer);
  }, [at, open, refetch]);
  const mail = useMutation({
    mutationFn: () => data(api.POST("/api/senders/confirm", { body: { email } })),
    onSuccess: (said) => said.taken ? client.invalidateQueries({ queryKey: ["settings", workspace] }) : toldFault(new Error(quoted(said.says))),
    onError: toldFault,
  });
  const carrier = document?.channels?.email?.provider;
  if (!carrier) return <Text size="xs" c="dimmed">Set up who carries email first; then the link can be mailed.</Text>;
  return (
    <div role="status" aria-label={`Confirming ${email}`}>
      {at ? (
        <Group gap={8} wrap={compact ? "wrap" : "nowrap"}>
          <Text size={compact ? "xs" : "sm"}>
            A link was mailed to {email} <Moment at={at} />. Whoever reads that mailbox opens it within two days{carrier === "mailbox" && <>; for now that is {now?.development ? <Anchor href="/mailbox" target="_blank" inherit td="underline">the mailbox on this machine</Anchor> : "the mailbox on this machine"}</>}.
          </Text>
          <Button size="compact-xs" variant="default" loading={mail.isPending} onClick={() => mail.mutate()}>Mail it again</Button>
        </Group>
      ) : <Button size={compact ? "compact-xs" : undefined} variant="default" loading={mail.isPending} onClick={() => mail.mutate()}>{says}</Button>}
    </div>
  );
}
