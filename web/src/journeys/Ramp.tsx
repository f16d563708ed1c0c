/** A version that is let in step by step: how many come in now and when more do, going on by hand; or why it was stopped, and going on all the same. */
import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, Refused } from "../api/client";
import { Moment } from "../ui/moment";
import { told, toldFault } from "../ui/told";

export function Ramp({ workspace, journey, publishes, again }: { workspace: string; journey: string; publishes: boolean; again: () => Promise<void> }) {
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["ramp", workspace, journey], queryFn: () => data(api.GET("/api/journeys/{journey}/ramp", { params: { path: { journey } } })), refetchInterval: 10_000, retry: false });
  const move = useMutation({
    mutationFn: (body: { to: string; resume: boolean }) => data(api.POST("/api/journeys/{journey}/ramp", { params: { path: { journey } }, body })),
    onSuccess: async (now) => {
      told(now.share === "100%" ? "Everybody is let in from now on." : `${now.share.replace("%", " %")} are let in from now on.`);
      client.setQueryData(["ramp", workspace, journey], now);
      await again();
    },
    onError: (error) => { if (error instanceof Refused && error.code === "waits_for_approval") told("It waits for somebody else’s approval."); else toldFault(error); },
  });
  const ramp = found.data;
  if (!ramp || (ramp.share === "100%" && !ramp.stopped)) return null;
  const share = ramp.share.replace("%", " %");
  return (
    <Alert color={ramp.stopped ? "red" : "gray"} variant="light" mb="sm" p="xs" role="status" aria-label="How many are let in">
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {ramp.stopped ? <>It was stopped while {share} of people were let in, and is paused: {ramp.stopped}. <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/deliveries?journey=${encodeURIComponent(journey)}&state=failed`} fz="inherit">See what failed</Anchor>.</>
            : <>It lets in {share} of the people it starts for. {ramp.on ? <>The next stage begins <Moment at={ramp.on} />.</> : "The others wait until somebody goes on."}</>}
        </Text>
        {publishes && (
          <Group gap="xs">
            {ramp.stopped ? <Button size="compact-sm" color="red" loading={move.isPending} onClick={() => move.mutate({ to: "", resume: true })}>Go on all the same</Button> : (
              <>
                <Button size="compact-sm" variant="default" loading={move.isPending} onClick={() => move.mutate({ to: "", resume: false })}>Next stage</Button>
                <Button size="compact-sm" loading={move.isPending} onClick={() => move.mutate({ to: "100%", resume: false })}>Let everybody in</Button>
              </>
            )}
          </Group>
        )}
      </Group>
    </Alert>
  );
}
