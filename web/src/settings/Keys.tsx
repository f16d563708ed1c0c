/** Keys by which programs ask and change: what each may, when it was last used. Keys that send events stand under Data. */
import { Button, Checkbox, Code, CopyButton, Group, Modal, Radio, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { Wide } from "../ui/Wide";
import { frame } from "./room";
import { Section } from "./Section";

type Source = Schemas["Source"];

export function Keys() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const found = useQuery({ queryKey: ["sources", workspace], queryFn: () => data(api.GET("/api/sources")) });
  const again = () => void client.invalidateQueries({ queryKey: ["sources", workspace] });
  const revoke = useMutation({
    mutationFn: ({ id }: Source) => data(api.DELETE("/api/sources/{id}", { params: { path: { id } } })),
    onSuccess: (_, { name }) => { told(`The key ${name} is void.`); again(); },
    onError: toldFault,
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting />;
  const edits = !!now && may(now, workspace, "keys:edit");
  const rows = found.data.sources.filter((each) => each.kind === "app");
  const ask = (key: Source) => modals.openConfirmModal({
    title: `Revoke ${key.name}?`,
    children: <Text size="sm">Whatever uses it is refused at once. This can&rsquo;t be undone; a new key can be made.</Text>,
    labels: { confirm: "Revoke", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => revoke.mutate(key),
  });
  const make = edits && <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New key</Button>;
  return (
    <>
      <PageHead title="API keys" about="By these, programs read and change this workspace. Keys that only send events stand under Data.">{make}</PageHead>
      {rows.length === 0 ? (
        <Empty title="No API keys yet" action={make}>A key lets a program of yours start journeys, look people up or publish, without anybody&rsquo;s password.</Empty>
      ) : (
        <Section title="Keys">
          <Wide label="The keys" least={300}>
            <Table fz="sm" verticalSpacing={8}>
              <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th visibleFrom="sm">Key</Table.Th><Table.Th>May</Table.Th><Table.Th visibleFrom="sm">Last used</Table.Th><Table.Th visibleFrom="sm">Made</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {rows.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td fw={550}>{each.name}</Table.Td>
                    <Table.Td visibleFrom="sm"><Code>…{each.hint}</Code></Table.Td>
                    <Table.Td>{each.scopes ? each.scopes.join(", ") || "nothing" : "read everything, send people in, publish"}</Table.Td>
                    <Table.Td visibleFrom="sm">{each.last_used ? <Moment at={each.last_used} /> : "never"}</Table.Td>
                    <Table.Td visibleFrom="sm"><Moment at={each.made} />{each.made_by && <Text size="xs" c="dimmed">{each.made_by}</Text>}</Table.Td>
                    <Table.Td ta="right">{edits && <Button size="compact-xs" variant="subtle" color="red" aria-label={`Revoke ${each.name}`} onClick={() => ask(each)}>Revoke</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Wide>
        </Section>
      )}
      <Modal opened={making} onClose={() => { setMaking(false); again(); }} title="New API key" closeButtonProps={{ "aria-label": "Close" }}>
        <Make mine={now?.workspaces?.find((each) => each.name === workspace)?.permissions ?? []} close={() => { setMaking(false); again(); }} />
      </Modal>
    </>
  );
}

function Make({ mine, close }: { mine: string[]; close: () => void }) {
  const [name, setName] = useState("");
  const [all, setAll] = useState("usual");
  const [scopes, setScopes] = useState<string[]>([]);
  const make = useMutation({ mutationFn: () => data(api.POST("/api/sources", { body: { name, kind: "app", public: false, scopes: all === "usual" ? null : scopes } })) });
  if (make.data) return <Shown secret={make.data.key} close={close} />;
  const refused = make.error instanceof Refused ? make.error : null;
  return (
    <form onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
      <Stack>
        <TextInput label="Name" description="What uses it" placeholder="Billing service" value={name} error={refused && (refused.of("name") ?? refused.says)} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
        <Radio.Group label="What it may" value={all} onChange={setAll}>
          <Stack gap={6} mt={6}>
            <Radio value="usual" label="The usual: read everything, send people into journeys, publish" />
            <Radio value="chosen" label="Only what I choose" />
          </Stack>
        </Radio.Group>
        {all === "chosen" && (
          <Checkbox.Group label="Permissions" value={scopes} onChange={setScopes}>
            <SimpleGrid cols={2} spacing={6} mt={6}>{mine.map((each) => <Checkbox key={each} value={each} label={each.replace(":", ": ")} />)}</SimpleGrid>
          </Checkbox.Group>
        )}
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={make.isPending} disabled={!name.trim() || (all === "chosen" && !scopes.length)}>Make the key</Button></Group>
      </Stack>
    </form>
  );
}

/** A key, the only time it can be seen. */
export function Shown({ secret, close }: { secret: string; close: () => void }) {
  return (
    <Stack>
      <Text size="sm">Copy it now: it is shown this once, and kept nowhere.</Text>
      <Code block aria-label="The key" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{secret}</Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
        <Button onClick={close}>Done</Button>
      </Group>
    </Stack>
  );
}
