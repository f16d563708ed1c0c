/** Who works in this workspace, as what; invitations by link. */
import { Badge, Button, Code, CopyButton, Group, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Wide } from "../ui/Wide";
import { told, toldFault } from "../ui/told";
import { beyond, Permissions } from "./Permissions";
import { frame } from "./room";
import { Section } from "./Section";

type Role = Schemas["Member"]["role"];
const ROLES: { value: Role; label: string; may: string }[] = [
  { value: "owner", label: "Owner", may: "may do everything, and make others owners" },
  { value: "admin", label: "Admin", may: "may do everything but make owners: settings, keys, people, stopping all sending" },
  { value: "author", label: "Author", may: "makes journeys, segments and content, and publishes them" },
  { value: "approver", label: "Approver", may: "is an author who also approves what others want to publish" },
  { value: "viewer", label: "Viewer", may: "looks at everything, and changes nothing" },
];

export function Team() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [inviting, setInviting] = useState(false);
  const [allowing, setAllowing] = useState<Schemas["Member"] | null>(null);
  const found = useQuery({ queryKey: ["team", workspace], queryFn: () => data(api.GET("/api/team")) });
  const again = () => void client.invalidateQueries({ queryKey: ["team", workspace] });
  const change = useMutation({
    mutationFn: ({ account, role, granted, refused }: Schemas["Member"]) => data(api.PATCH("/api/team/members/{account}", { params: { path: { account } }, body: { role, granted, refused } })),
    onSuccess: (_, { name }) => { told(allowing ? `It is changed what ${name} may.` : "The role was changed."); setAllowing(null); again(); },
    onError: (error) => { toldFault(error); again(); },
  });
  const remove = useMutation({
    mutationFn: ({ account }: Schemas["Member"]) => data(api.DELETE("/api/team/members/{account}", { params: { path: { account } } })),
    onSuccess: (_, { name }) => { told(`${name} is no member any more.`); again(); },
    onError: toldFault,
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => data(api.DELETE("/api/team/invitations/{id}", { params: { path: { id } } })),
    onSuccess: () => { told("The invitation was taken back."); again(); },
    onError: toldFault,
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting />;
  const edits = !!now && may(now, workspace, "team:edit");
  const ask = (member: Schemas["Member"]) => modals.openConfirmModal({
    title: `Remove ${member.name}?`,
    children: <Text size="sm">They lose access to {workspace} at once. What they made stays.</Text>,
    labels: { confirm: "Remove", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => remove.mutate(member),
  });
  return (
    <>
      <PageHead title="People and roles" about={`Who works in ${workspace}, and what they may.`}>
        {edits && <Button leftSection={<IconPlus size={15} />} onClick={() => setInviting(true)}>Invite somebody</Button>}
      </PageHead>
      <Section title="Members">
        <Wide label="Who works here" least={520}>
          <Table fz="sm" verticalSpacing={8}>
            <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Role</Table.Th><Table.Th>Two-factor</Table.Th><Table.Th>Since</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {found.data.members.map((each) => (
                <Table.Tr key={each.account}>
                  <Table.Td><Text size="sm" fw={550}>{each.name}</Text><Text size="xs" c="dimmed">{each.email}</Text></Table.Td>
                  <Table.Td>
                    {edits ? (
                      <Select aria-label={`Role of ${each.name}`} size="xs" w={120} data={ROLES.map(({ value, label }) => ({ value, label }))} value={each.role}
                        onChange={(role) => role && change.mutate({ ...each, role: role as Role })} />
                    ) : ROLES.find(({ value }) => value === each.role)?.label}
                    {beyond(each) && <Text size="xs" c="dimmed">{beyond(each)} than the role</Text>}
                  </Table.Td>
                  <Table.Td>{each.vouched ? <Text size="xs" c="dimmed">single sign-on</Text> : <Badge variant="light" tt="none" color={each.two_factor ? "teal" : "gray"} c={each.two_factor ? "var(--good)" : undefined}>{each.two_factor ? "On" : "Off"}</Badge>}</Table.Td>
                  <Table.Td><Moment at={each.since} /></Table.Td>
                  <Table.Td ta="right">{edits && each.role !== "owner" && <Button size="compact-xs" variant="subtle" aria-label={`Permissions of ${each.name}`} onClick={() => setAllowing(each)}>Permissions</Button>} {edits && <Button size="compact-xs" variant="subtle" color="red" aria-label={`Remove ${each.name}`} onClick={() => ask(each)}>Remove</Button>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      </Section>
      {found.data.invitations.length > 0 && (
        <Section title="Invited" about="Each link works once, for seven days.">
          <Wide label="Who is invited" least={520}>
            <Table fz="sm">
              <Table.Thead><Table.Tr><Table.Th>Email</Table.Th><Table.Th>Role</Table.Th><Table.Th>Ends</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {found.data.invitations.map((each) => (
                  <Table.Tr key={each.id}>
                    <Table.Td>{each.email}</Table.Td>
                    <Table.Td>{ROLES.find(({ value }) => value === each.role)?.label}</Table.Td>
                    <Table.Td><Moment at={each.until} /></Table.Td>
                    <Table.Td ta="right">{edits && <Button size="compact-xs" variant="subtle" color="red" onClick={() => withdraw.mutate(each.id)}>Take back</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Wide>
        </Section>
      )}
      <Section title="What each role may">
        <Stack gap={4}>{ROLES.map(({ value, label, may }) => <Text key={value} size="sm"><b>{label}</b> {may}.</Text>)}</Stack>
      </Section>
      <Modal opened={!!allowing} onClose={() => setAllowing(null)} title={`What ${allowing?.name} may`} size="lg">
        {allowing && <Permissions member={allowing} role={allowing.role} given={found.data.roles[allowing.role] ?? []} busy={change.isPending} onSave={(member) => change.mutate(member)} onClose={() => setAllowing(null)} />}
      </Modal>
      <Modal opened={inviting} onClose={() => { setInviting(false); again(); }} title="Invite somebody" closeButtonProps={{ "aria-label": "Close" }}>
        <Invite close={() => { setInviting(false); again(); }} />
      </Modal>
    </>
  );
}

function Invite({ close }: { close: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("author");
  const invite = useMutation({ mutationFn: () => data(api.POST("/api/team/invitations", { body: { email, role } })) });
  const refused = invite.error instanceof Refused ? invite.error : null;
  if (invite.data) {
    return (
      <Stack>
        <Text size="sm">Send this link to {email}. Whoever opens it joins as {role}; it works once, for seven days, and is shown this once.</Text>
        <Code block aria-label="The link" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{invite.data.url}</Code>
        <Group justify="flex-end">
          <CopyButton value={invite.data.url}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy the link"}</Button>}</CopyButton>
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); invite.mutate(); }}>
      <Stack>
        <TextInput label="Email" type="email" value={email} error={refused && (refused.of("email") ?? refused.says)} onChange={(e) => setEmail(e.currentTarget.value)} data-autofocus />
        <Select label="Role" data={ROLES.map(({ value, label }) => ({ value, label }))} value={role} onChange={(value) => value && setRole(value as Role)} />
        <Text size="sm" c="dimmed">{ROLES.find(({ value }) => value === role)!.label} {ROLES.find(({ value }) => value === role)!.may}.</Text>
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={invite.isPending} disabled={!email}>Make the link</Button></Group>
      </Stack>
    </form>
  );
}
