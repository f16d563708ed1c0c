/** Said on every page while there is no connection: what is asked for waits, and goes on by itself. */
import { Alert, Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { IconWifiOff } from "@tabler/icons-react";

export function Offline() {
  if (useNetwork().online) return null;
  return (
    <Alert color="yellow" variant="light" mb="lg" role="status" title="You are offline" icon={<IconWifiOff />}>
      <Text size="sm">What you see may be old, and nothing is saved now. It goes on by itself once there is a connection.</Text>
    </Alert>
  );
}
