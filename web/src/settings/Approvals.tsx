/** What waits for somebody else's yes, and whether anything must. */
import { Alert, Badge, Switch, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Moment } from "../ui/moment";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { useSettings } from "./useSettings";

const approves = ({ granted, refused }: Schemas["Member"], role: readonly string[]) => [...role, ...granted].includes("journeys:approve") && !refused.includes("journeys:approve");

export function Approvals() {
  const { workspace, found, document, save } = useSettings();
  const { data: now } = useQuery(session);
  const names = useNames(workspace);
  const waiting = useQuery({ queryKey: ["approvals", workspace], queryFn: () => data(api.GET("/api/approvals")), refetchInterval: 5000 });
  const team = useQuery({ queryKey: ["team", workspace], queryFn: () => data(api.GET("/api/team")), enabled: !!now && may(now, workspace, "settings:edit") && may(now, workspace, "team:read") });
  if (waiting.error) return <Failed whole error={waiting.error} again={() => void waiting.refetch()} />;
  if (!document || !waiting.data) return found.error ? <Failed error={found.error} /> : <Waiting head />;
  const edits = !!now && may(now, workspace, "settings:edit");
  const alone = !!team.data && !team.data.members.some((each) => each.email !== now?.email && approves(each, team.data.roles[each.role] ?? []));
  const rows = waiting.data.approvals;
  /** What a request is about, by the names of its drafts. */
  const of = (drafts: Schemas["DraftMeant"][]) => drafts.map(({ kind, name }) => (kind === "journey" ? names.journey(name) : kind === "segment" ? names.segment(name) : name)).join(", ");
  return (
    <>
      <PageHead title="Approvals" about="Where it is asked for, what an author wants to be live waits until somebody else has looked at exactly that, and approved it." />
      <Card title="Approval before publish" about="It holds for every way in: this app, the API, the command line, rolling back, edits of segments and settings. Pausing a journey waits for nobody.">
        <Switch label={document.approval ? "Everything that goes live must be approved" : "Authors publish by themselves"} checked={document.approval ?? false} disabled={!edits || save.isPending}
          onChange={(event) => save.mutate({ change: { approval: event.currentTarget.checked || undefined }, says: event.currentTarget.checked ? "From now on, what goes live must be approved." : "Authors publish by themselves." })} />
        {alone && <Alert mt="sm" color="yellow" variant="light">Nobody else here may approve: what you change {document.approval ? "waits" : "would wait"} until somebody joins who may. <Link to={`/${encodeURIComponent(workspace)}/settings/team`}>Invite an approver, an admin or another owner</Link>{!document.approval && " first"}.</Alert>}
        {document.approval && edits && <Text size="xs" c="dimmed" mt={8}>Switching it off must be approved too.</Text>}
      </Card>
      {rows.length === 0 ? <Empty title="Nothing waits">What somebody asks to be published stands here until it is approved or refused.</Empty> : (
        <Card title="Waiting">
          <Table fz="sm" verticalSpacing={8}>
            <Table.Thead><Table.Tr><Table.Th>Request</Table.Th><Table.Th>By</Table.Th><Table.Th>Asked</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {rows.map((each) => (
                <Table.Tr key={each.id}>
                  <Table.Td><Link to={`/${encodeURIComponent(workspace)}/settings/approvals/${each.id}`} style={{ textDecoration: "none", fontWeight: 550 }}>{each.note || of(each.drafts) || `Request ${each.id}`}</Link>{each.note && each.drafts.length > 0 && <Text size="xs" c="dimmed">{of(each.drafts)}</Text>}</Table.Td>
                  <Table.Td>{each.asked_by} {each.mine ? <Badge variant="default" tt="none" fw={500}>you</Badge> : each.may_approve && <Badge variant="light" tt="none">waits for you</Badge>}</Table.Td>
                  <Table.Td><Moment at={each.asked} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
      {waiting.data.answered.length > 0 && (
        <Card title="Answered lately" mt={rows.length ? 0 : "md"}>
          <Table fz="sm" verticalSpacing={8}>
            <Table.Thead><Table.Tr><Table.Th>Request</Table.Th><Table.Th>By</Table.Th><Table.Th>Answer</Table.Th><Table.Th>When</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {waiting.data.answered.map((each) => (
                <Table.Tr key={each.id}>
                  <Table.Td>{each.note || of(each.drafts) || `Request ${each.id}`}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{each.asked_by}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }} miw={110}>{each.approved ? "Approved" : each.answered_by === each.asked_by ? "Taken back" : "Refused"}{each.answered_by !== each.asked_by && ` by ${each.answered_by}`}{each.answer && `: “${each.answer}”`}</Table.Td>
                  <Table.Td><Moment at={each.answered} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
    </>
  );
}
