/** Said on every page while there is no connection, or none to the server: what is asked for waits, and goes on by itself. */
import { Alert, Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";
import { useAnswers } from "./queries";

export function Offline() {
  const { online } = useNetwork();
  const answers = useAnswers();
  if (online && answers) return null;
  return (
    <Alert color="yellow" variant="light" mb="lg" role="status" title={online ? "The server can’t be reached" : "You are offline"} icon={<IconWifiOff />}>
      <Text size="sm">What you see may be old, and nothing is saved now. It goes on by itself once there is a connection.</Text>
    </Alert>
  );
}
