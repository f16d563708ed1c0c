/** What one member may, area by area: what the role gives, and what is given or taken beyond it. */
import { Badge, Button, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../api/client";

type Member = Schemas["Member"];

const AREAS: { label: string; may: [permission: string, says: string][] }[] = [
  { label: "Journeys", may: [["journeys:read", "See"], ["journeys:edit", "Draft"], ["journeys:publish", "Publish, pause and stop"], ["journeys:approve", "Approve what others publish"]] },
  { label: "Segments", may: [["segments:read", "See"], ["segments:edit", "Draft"]] },
  { label: "Content", may: [["content:read", "See"], ["content:edit", "Write"]] },
  { label: "People", may: [["people:read", "See"], ["people:edit", "Change, import, merge, forget"]] },
  { label: "Deliveries", may: [["deliveries:read", "See"], ["deliveries:edit", "Send again"]] },
  { label: "Data", may: [["data:read", "See"], ["data:edit", "Sources, catalog, replay"]] },
  { label: "Reports", may: [["reports:read", "See"]] },
  { label: "Settings", may: [["settings:read", "See"], ["settings:edit", "Change"]] },
  { label: "People and roles", may: [["team:read", "See"], ["team:edit", "Invite and change"]] },
  { label: "API keys", may: [["keys:read", "See"], ["keys:edit", "Make and revoke"]] },
  { label: "Audit log", may: [["audit:read", "See"]] },
  { label: "Sending", may: [["sending:stop", "Stop all, and resume"]] },
  { label: "Workspaces", may: [["workspaces:edit", "Make and rename"]] },
];

/** In a few words; "" where the role says it all. */
export function beyond({ granted, refused }: Pick<Member, "granted" | "refused">): string {
  return [granted.length && `${granted.length} more`, refused.length && `${refused.length} less`].filter(Boolean).join(", ");
}

interface Props { member: Member; role: string; given: readonly string[]; busy: boolean; onSave: (member: Member) => void; onClose: () => void }

export function Permissions({ member, role, given, busy, onSave, onClose }: Props) {
  const [held, setHeld] = useState(() => new Set([...given, ...member.granted].filter((each) => !member.refused.includes(each))));
  const flip = (permission: string, on: boolean) => {
    const next = new Set(held);
    if (on) next.add(permission);
    else next.delete(permission);
    setHeld(next);
  };
  const granted = [...held].filter((each) => !given.includes(each)).sort();
  const refused = given.filter((each) => !held.has(each)).sort();
  const says = beyond({ granted, refused });
  return (
    <form onSubmit={(event) => { event.preventDefault(); onSave({ ...member, granted, refused }); }}>
      <Stack>
        <Text size="sm">{member.name} is {/^[aeo]/i.test(role) ? "an" : "a"} {role.toLowerCase()}. Give or take single areas here; what differs from the role is marked, and stays when the role changes.</Text>
        <Table fz="sm" verticalSpacing={6}>
          <Table.Thead><Table.Tr><Table.Th w={130}>Area</Table.Th><Table.Th>May</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {AREAS.map(({ label, may }) => (
              <Table.Tr key={label}>
                <Table.Td fw={550} style={{ verticalAlign: "top" }}>{label}</Table.Td>
                <Table.Td>
                  <Group gap="xs" role="group" aria-label={label}>
                    {may.map(([permission, words]) => {
                      const on = held.has(permission), usual = given.includes(permission);
                      return (
                        <Group key={permission} gap={4} wrap="nowrap" mr="sm">
                          <Checkbox size="xs" label={words} aria-label={`${label}: ${words}`} checked={on} onChange={(event) => flip(permission, event.currentTarget.checked)} />
                          {on !== usual && <Badge color={on ? "teal" : "orange"}>{on ? "Given" : "Taken"}</Badge>}
                        </Group>
                      );
                    })}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Group justify="space-between">
          <Text size="xs" c="dimmed" role="status">{says ? `${says} than the role` : "As the role says"}</Text>
          <Group gap="xs">
            {says && <Button variant="subtle" onClick={() => setHeld(new Set(given))}>As the role says</Button>}
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={busy}>Save</Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
