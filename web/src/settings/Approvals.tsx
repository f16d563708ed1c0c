/** What waits for somebody else's yes, and whether anything must. */
import { Alert, Badge, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Who } from "../journeys/Who";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { useListing } from "../ui/useListing";
import { approvals } from "./room";
import { useSettings } from "./useSettings";

type Waits = Schemas["WaitingList"]["approvals"][number];
type Answer = Schemas["WaitingList"]["answered"][number];

const approves = ({ granted, refused }: Schemas["Member"], role: readonly string[]) => [...role, ...granted].includes("journeys:approve") && !refused.includes("journeys:approve");

export function Approvals() {
  const { workspace, found, document, save } = useSettings();
  const { data: now } = useQuery(session);
  const names = useNames(workspace);
  const asked = useListing(approvals.useSearch());
  const navigate = useNavigate();
  const home = `/${encodeURIComponent(workspace)}/settings/approvals`;
  const waiting = useQuery({ queryKey: ["approvals", workspace], queryFn: () => data(api.GET("/api/approvals")), refetchInterval: 5000 });
  const team = useQuery({ queryKey: ["team", workspace], queryFn: () => data(api.GET("/api/team")), enabled: !!now && may(now, workspace, "settings:edit") && may(now, workspace, "team:read") });
  if (waiting.error) return <Failed whole error={waiting.error} again={() => void waiting.refetch()} />;
  if (!document || !waiting.data) return found.error ? <Failed error={found.error} /> : <Waiting head />;
  const edits = !!now && may(now, workspace, "settings:edit");
  const alone = !!team.data && !team.data.members.some((each) => each.email !== now?.email && approves(each, team.data.roles[each.role] ?? []));
  const { approvals: rows, answered } = waiting.data;
  /** What a request is about, by the names of its drafts. */
  const of = (drafts: Schemas["DraftMeant"][]) => drafts.map(({ kind, name }) => (kind === "journey" ? names.journey(name) : kind === "segment" ? names.segment(name) : name)).join(", ");
  const saysAnswered = (each: Answer) => saysAnswer(each, names.member(each.answered_by));
  const called = (each: Waits | Answer) => each.note || of(each.drafts) || `Request ${each.id}`;
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
          <Given<Waits>
            title="What waits"
            rows={rows.filter((each) => asked.found(`${called(each)} ${of(each.drafts)} ${each.asked_by} ${names.member(each.asked_by)}`))}
            search={asked.search("Search by request or who asked")}
            sorts={asked.sorts({ request: called, by: (each: Waits) => names.member(each.asked_by), asked: (each: Waits) => Date.parse(each.asked) })}
            idOf={(each) => String(each.id)}
            onOpen={(each) => void navigate({ to: `${home}/${each.id}` })}
            columns={[
              { accessor: "request", title: "Request", render: (each) => <><Link to={`${home}/${each.id}`} style={{ textDecoration: "none", fontWeight: 550 }}>{called(each)}</Link>{each.note && each.drafts.length > 0 && <Text size="xs" c="dimmed">{of(each.drafts)}</Text>}</> },
              { accessor: "by", title: "By", render: (each) => <><Who workspace={workspace} of={each.asked_by} /> {each.mine ? <Badge>Yours</Badge> : each.may_approve && <Badge color="yellow">Waits for you</Badge>}</> },
              { accessor: "asked", title: "Asked", render: (each) => <Moment at={each.asked} /> },
            ]}
            empty={null}
          />
        </Card>
      )}
      {answered.length > 0 && (
        <Card title="Answered lately" mt={rows.length ? 0 : "md"}>
          <Given<Answer>
            title="What was answered"
            rows={answered.filter((each) => asked.found(`${called(each)} ${of(each.drafts)} ${each.asked_by} ${names.member(each.asked_by)} ${saysAnswered(each)}`))}
            search={rows.length === 0 ? asked.search("Search by request, answer or who asked") : undefined}
            sorts={asked.sorts({ request: called, by: (each: Answer) => names.member(each.asked_by), answer: saysAnswered, answered: (each: Answer) => Date.parse(each.answered) })}
            idOf={(each) => String(each.id)}
            columns={[
              { accessor: "request", title: "Request", render: called },
              { accessor: "by", title: "By", visibleMediaQuery: "(min-width: 48em)", render: (each) => <Who workspace={workspace} of={each.asked_by} /> },
              { accessor: "answer", title: "Answer", render: (each) => <span title={each.answered_by} style={{ overflowWrap: "anywhere" }}>{saysAnswered(each)}</span> },
              { accessor: "answered", title: "When", render: (each) => <Moment at={each.answered} /> },
            ]}
            empty={<Text size="sm" c="dimmed">Nothing that was answered lately fits the search.</Text>}
          />
        </Card>
      )}
    </>
  );
}

function saysAnswer({ approved, answered_by, asked_by, answer }: Answer, who: string): string {
  const own = answered_by === asked_by;
  return `${approved ? "Approved" : own ? "Taken back" : "Refused"}${own ? "" : ` by ${who}`}${answer ? `: “${answer}”` : ""}`;
}
