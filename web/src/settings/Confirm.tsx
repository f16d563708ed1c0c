/** Where the link leads that was mailed to a sender's address. It confirms on a click, since mail scanners open links by themselves. */
import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { queries } from "../app/queries";
import { Door } from "../session/Door";
import { session } from "../session/session";

export function Confirm() {
  const token = location.hash.slice(1);
  const confirm = useMutation({ 
    mutationFn: async () => {
      await queries.ensureQueryData(session); // whoever is signed in sends the session's word along
      return data(api.POST("/api/senders/confirmation", { body: { token } }));
    },
  });
  if (confirm.data) {
    return <Door title="Confirmed" about={`Mail may be sent from ${confirm.data.email}.`} fault={null} onSubmit={() => {}}><Button component="a" href="/" variant="default">Open Tidings</Button></Door>;
  }
  return (
    <Door title="Confirm this address" about="Somebody wants to send mail from the address this link was sent to." fault={confirm.error} onSubmit={() => confirm.mutate()}>
      <Button type="submit" loading={confirm.isPending} fullWidth>Confirm</Button>
      <Text size="xs" c="dimmed">If that is not right, close this page: nothing happens.</Text>
    </Door>
  );
}
