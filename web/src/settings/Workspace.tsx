/** The workspaces one is in, a new one, and everything of this one as files. */
import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { PageHead } from "../ui/Page";
import { sentence } from "../ui/sentence";
import { told } from "../ui/told";
import { frame } from "./room";

export function Workspace() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  return (
    <>
      <PageHead title="Workspaces and backup" />
      <Card title="Backup" about={<>Journeys, segments, content and settings as plain files in a zip. Put them into git, or bring them into another workspace with <Code fz="xs">tidings apply</Code>. People, events and secrets are not in it: whoever runs Tidings backs those up with its database.</>}>
        <Button component="a" variant="default" href={`/api/export?workspace=${encodeURIComponent(workspace)}`} download>Download as files</Button>
      </Card>
      <Card title="Workspaces" about="Each is a world of its own: its people, journeys and keys are seen from no other. Use one for production, another to try things out.">
        <Stack gap={6} mb="md">
          {(now?.workspaces ?? []).map((each) => (
            <Group key={each.name} gap="xs">
              {each.name === workspace ? <Text size="sm" fw={600}>{each.name}</Text> : <Text size="sm" component={Link} to={`/${encodeURIComponent(each.name)}`} td="underline">{each.name}</Text>}
              <Text size="sm" c="dimmed">{sentence(each.role, each.name === workspace ? "you are here" : "")}</Text>
            </Group>
          ))}
        </Stack>
        {now && may(now, workspace, "workspaces:edit") && <Make />}
      </Card>
    </>
  );
}

function Make() {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => data(api.POST("/api/workspaces", { body: { name } })),
    onSuccess: async ({ name: made }) => {
      await client.invalidateQueries({ queryKey: ["session"] });
      told(`The workspace ${made} is there.`);
      void navigate({ to: `/${encodeURIComponent(made)}` });
    },
  });
  return (
    <form onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
      <Group align="flex-start">
        <TextInput label="New workspace" placeholder="staging" value={name} error={make.error instanceof Refused ? (make.error.of("name") ?? make.error.says) : undefined} onChange={(e) => setName(e.currentTarget.value)} w={{ base: "100%", xs: 240 }} />
        <Button type="submit" variant="default" mt={{ base: 0, xs: 24 }} loading={make.isPending} disabled={!name}>Create</Button>
      </Group>
    </form>
  );
}
