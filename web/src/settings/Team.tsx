/** Who works in this workspace, as what; invitations by link. */
import { Badge, Box, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { useNew } from "../ui/useNew";
import { useListing } from "../ui/useListing";
import { beyond, Permissions } from "./Permissions";
import { team } from "./room";

type Role = Schemas["Member"]["role"];
type Member = Schemas["Member"];
type Invitation = Schemas["Invited"];
const ROLES: { value: Role; label: string; may: string }[] = [
  { value: "owner", label: "Owner", may: "may do everything, and make others owners" },
  { value: "admin", label: "Admin", may: "may do everything but make owners: settings, keys, people, stopping all sending" },
  { value: "author", label: "Author", may: "makes journeys, segments and content, and publishes them" },
  { value: "approver", label: "Approver", may: "is an author who also approves what others want to publish" },
  { value: "viewer", label: "Viewer", may: "looks at everything, and changes nothing" },
];

const WIDE = "(min-width: 48em)";
const roleOf = ({ role }: { role: Role }) => ROLES.find(({ value }) => value === role)!.label;
const WORTH = {
  name: (each: Member) => each.name, role: (each: Member) => `${ROLES.findIndex(({ value }) => value === each.role)}`,
  factor: (each: Member) => (each.vouched ? "single sign-on" : each.two_factor ? "on" : "off"), since: (each: Member) => Date.parse(each.since),
};
const INVITED = { name: (each: Invitation) => each.email, role: (each: Invitation) => `${ROLES.findIndex(({ value }) => value === each.role)}`, until: (each: Invitation) => Date.parse(each.until) };

export function Team() {
  const { workspace } = team.useParams();
  const asked = useListing(team.useSearch());
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [inviting, setInviting] = useNew();
  const [allowing, setAllowing] = useState<Member["account"] | null>(null);
  const found = useQuery({ queryKey: ["team", workspace], queryFn: () => data(api.GET("/api/team")) });
  const again = () => client.invalidateQueries({ queryKey: ["team", workspace] });
  const change = useMutation({
    mutationFn: ({ account, role, granted, refused }: Member) => data(api.PATCH("/api/team/members/{account}", { params: { path: { account } }, body: { role, granted, refused } })),
    onSuccess: again,
    onError: (error) => { toldFault(error); void again(); },
  });
  const remove = useMutation({
    mutationFn: ({ account }: Member) => data(api.DELETE("/api/team/members/{account}", { params: { path: { account } } })),
    onSuccess: (_, { name }) => { told(`${name} is no member any more.`); void again(); },
    onError: toldFault,
  });
  const withdraw = useMutation({
    mutationFn: (id: string) => data(api.DELETE("/api/team/invitations/{id}", { params: { path: { id } } })),
    onSuccess: () => { told("The invitation was taken back."); void again(); },
    onError: toldFault,
  });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting head />;
  const { members, invitations } = found.data;
  const allowed = members.find(({ account }) => account === allowing);
  const edits = !!now && may(now, workspace, "team:edit");
  const ask = (member: Member) => modals.openConfirmModal({
    title: `Remove ${member.name}?`,
    children: <Text size="sm">They lose access to {workspace} at once. What they made stays.</Text>,
    labels: { confirm: "Remove", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => remove.mutate(member),
  });
  const rights = (each: Member) => (
    <>
      {edits ? (
        <Select aria-label={`Role of ${each.name}`} size="xs" w={120} data={ROLES.map(({ value, label }) => ({ value, label }))} value={each.role}
          onChange={(role) => role && change.mutate({ ...each, role: role as Role }, { onSuccess: () => told("The role was changed.") })} />
      ) : roleOf(each)}
      {beyond(each) && <Text size="xs" c="dimmed">{beyond(each)} than the role</Text>}
    </>
  );
  const takeBack = (of: Invitation) => modals.openConfirmModal({
    title: `Take back the invitation of ${of.email}?`,
    children: <Text size="sm">The link they were sent no longer works. They can be invited again, by another link.</Text>,
    labels: { confirm: "Take back", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => withdraw.mutate(of.id),
  });
  return (
    <>
      <PageHead title="People and roles" about={`Who works in ${workspace}, and what they may.`}>
        {edits && <Button leftSection={<IconPlus size={15} />} onClick={() => setInviting(true)}>Invite somebody</Button>}
      </PageHead>
      <Card title="Members">
        <Given<Member>
          title="Who works here"
          rows={members.filter((each) => asked.found(`${each.name} ${each.email} ${roleOf(each)}`))}
          search={asked.search("Search by name, email or role")}
          sorts={asked.sorts(WORTH)}
          idOf={(each) => String(each.account)}
          columns={[
            { accessor: "name", title: "Name", render: (each) => <><Text size="sm" fw={550}>{each.name}</Text><Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{each.email}</Text><Box hiddenFrom="sm" mt={4}>{rights(each)}</Box></> },
            { accessor: "role", title: "Role", visibleMediaQuery: WIDE, render: rights },
            { accessor: "factor", title: "Two-factor", visibleMediaQuery: WIDE, render: (each) => each.vouched ? <Text size="xs" c="dimmed">single sign-on</Text> : <Badge color={each.two_factor ? "teal" : "gray"}>{each.two_factor ? "On" : "Off"}</Badge> },
            { accessor: "since", title: "Since", visibleMediaQuery: WIDE, render: (each) => <Moment at={each.since} /> },
            ...(edits ? [{
              accessor: "more", title: "", textAlign: "right" as const,
              render: (each: Member) => <>{each.role !== "owner" && <Button data-row size="compact-xs" variant="subtle" aria-label={`Permissions of ${each.name}`} onClick={() => setAllowing(each.account)}>Permissions</Button>} <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Remove ${each.name}`} onClick={() => ask(each)}>Remove</Button></>,
            }] : []),
          ]}
          empty={null}
        />
      </Card>
      {invitations.length > 0 && (
        <Card title="Invited" about="Each link works once, for seven days.">
          <Given<Invitation>
            title="Who is invited"
            rows={invitations.filter((each) => asked.found(`${each.email} ${roleOf(each)}`))}
            sorts={asked.sorts(INVITED)}
            idOf={(each) => each.id}
            columns={[
              { accessor: "name", title: "Email", render: (each) => <><Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>{each.email}</Text><Text hiddenFrom="sm" size="xs" c="dimmed">{roleOf(each)}, ends <Moment at={each.until} /></Text></> },
              { accessor: "role", title: "Role", visibleMediaQuery: WIDE, render: roleOf },
              { accessor: "until", title: "Ends", visibleMediaQuery: WIDE, render: (each) => <Moment at={each.until} /> },
              ...(edits ? [{
                accessor: "more", title: "", textAlign: "right" as const,
                render: (each: Invitation) => <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Take back the invitation of ${each.email}`} onClick={() => takeBack(each)}>Take back</Button>,
              }] : []),
            ]}
            empty={<Text size="sm" c="dimmed">Nobody who is invited fits the search.</Text>}
          />
        </Card>
      )}
      <Card title="What each role may">
        <Stack gap={4}>{ROLES.map(({ value, label, may }) => <Text key={value} size="sm"><b>{label}</b> {may}.</Text>)}</Stack>
      </Card>
      <Modal opened={!!allowed} onClose={() => setAllowing(null)} title={`What ${allowed?.name} may`} size="lg">
        {allowed && <Permissions key={allowed.role} member={allowed} role={allowed.role} given={found.data.roles[allowed.role] ?? []} busy={change.isPending} onSave={(member) => change.mutate(member, { onSuccess: (_, { name }) => { told(`It is changed what ${name} may.`); setAllowing(null); } })} onClose={() => setAllowing(null)} />}
      </Modal>
      <Modal opened={inviting && edits} onClose={() => { setInviting(false); void again(); }} title="Invite somebody" closeButtonProps={{ "aria-label": "Close" }}>
        <Invite close={() => { setInviting(false); void again(); }} />
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
        <Text size="sm">{invite.data.mailed ? `It was mailed to ${email}. You can hand the link on yourself too:` : `It was not mailed: ${quoted(invite.data.says)} Send this link to ${email}:`} whoever opens it joins as {role}; it works once, for seven days, and is shown this once.</Text>
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
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={invite.isPending} disabled={!email}>Invite</Button></Group>
      </Stack>
    </form>
  );
}
