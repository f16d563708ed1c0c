/** What was sent in the last days, and what became of it: in all, by journey, by template, by topic. */
import { Group, Paper, SegmentedControl, SimpleGrid, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { Status } from "../journeys/Status";
import { Chart } from "../ui/Chart";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { Wide } from "../ui/Wide";
import { overview } from "./room";

type Counted = Schemas["Counted"];

export function Reports() {
  const { days = 30 } = overview.useSearch();
  const { workspace } = overview.useParams();
  const home = `/${encodeURIComponent(workspace)}`;
  const found = useQuery({ queryKey: ["reports", workspace, days], queryFn: () => data(api.GET("/api/reports", { params: { query: { days } } })), refetchInterval: 15_000, placeholderData: (before) => before });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting rows={10} />;
  const { total, before, entered, converted, journeys, templates, topics, curves } = found.data;
  const of = (name: string) => curves.find((each) => each.name === name)?.values ?? [];
  const nothing = !total.sent && !entered;
  return (
    <>
      <PageHead title="Reports" about="What was sent, and what became of it. Days are of UTC."><Days days={days} /></PageHead>
      {nothing ? <Empty title="Nothing to report yet">As soon as people enter a journey, their numbers stand here.</Empty> : (
        <>
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} mb="md">
            <Figure label="Entered a journey" value={entered.toLocaleString("en")} />
            <Figure label="Messages sent" value={total.sent.toLocaleString("en")} note={change(total.sent, before.sent)} />
            <Figure label="Opened" value={share(total.opened, total.sent)} note={total.opened.toLocaleString("en")} />
            <Figure label="Clicked" value={share(total.clicked, total.sent)} note={total.clicked.toLocaleString("en")} />
            <Figure label="Bounced" value={share(total.bounced, total.sent)} note={total.bounced.toLocaleString("en")} />
            <Figure label="Reached a goal" value={converted.toLocaleString("en")} />
          </SimpleGrid>
          <Card title="Messages by day"><Chart title="Messages by day" file={`messages-${days}-days`} days={found.data.days} curves={[{ name: "Sent", values: of("sent") }, { name: "Opened", values: of("opened") }, { name: "Clicked", values: of("clicked") }]} /></Card>
          <Card title="Journeys">
            <Lines label="Journeys" head={["Journey", "Entered", "Finished", "Reached the goal", "Sent", "Opened", "Clicked"]}
              rows={journeys.map((each) => [<><Link to={`${home}/reports/${encodeURIComponent(each.journey)}`} search={days === 30 ? {} : { days }} style={{ textDecoration: "none", fontWeight: 550 }}>{each.name}</Link>{each.status !== "live" && <> <Status of={each.status} /></>}</>, each.entered, each.done, each.converted, ...rates(each.messages)])} />
          </Card>
          <Card title="Templates">
            {templates.length === 0 ? <Text size="sm" c="dimmed">Nothing was sent in these days.</Text> : (
              <Lines label="Templates" head={["Template", "Channel", "Sent", "Opened", "Clicked", "Bounced", "Unsubscribed"]}
                rows={templates.map((each) => [<Link key={each.template} to={`${home}/content/template/${encodeURIComponent(each.template)}`} style={{ textDecoration: "none", fontWeight: 550 }}>{each.template}</Link>, each.channel, ...rates(each.messages), share(each.messages.bounced, each.messages.sent), share(each.messages.unsubscribed, each.messages.sent)])} />
            )}
          </Card>
          {topics.length > 0 && (
            <Card title="Topics">
              <Lines label="Topics" head={["Topic", "Sent", "Opened", "Clicked", "Unsubscribed"]} rows={topics.map((each) => [each.name || "No topic", ...rates(each.messages), share(each.messages.unsubscribed, each.messages.sent)])} />
            </Card>
          )}
        </>
      )}
    </>
  );
}

export function Days({ days }: { days: number }) {
  const navigate = useNavigate();
  return <SegmentedControl size="xs" aria-label="Days" data={[7, 30, 90, 365].map((each) => ({ value: String(each), label: each === 365 ? "A year" : `${each} days` }))} value={String(days)} onChange={(value) => void navigate({ to: ".", search: value === "30" ? {} : { days: Number(value) }, replace: true })} />;
}

export function Figure({ label, value, note }: { label: string; value: React.ReactNode; note?: string }) {
  return <Paper withBorder radius="md" p="sm"><Text size="xs" c="dimmed">{label}</Text><Group gap={6} align="baseline"><Text fz={20} fw={620} className="figures">{value}</Text>{note && <Text size="xs" c="dimmed">{note}</Text>}</Group></Paper>;
}

export function Card({ title, children }: { title: string; children: React.ReactNode }) {
  return <Paper withBorder radius="md" p="lg" mb="md" component="section" aria-label={title}><Title order={2} mb="sm">{title}</Title>{children}</Paper>;
}

/** A table of figures. `label`: what it is of. */
export function Lines({ label, head, rows }: { label: string; head: string[]; rows: React.ReactNode[][] }) {
  return (
    <Wide label={label} least={560}>
      <Table fz="sm" verticalSpacing={7}>
        <Table.Thead><Table.Tr>{head.map((each, n) => <Table.Th key={each} ta={n ? "right" : undefined}>{each}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>{rows.map((row, n) => <Table.Tr key={n}>{row.map((cell, at) => <Table.Td key={at} ta={at ? "right" : undefined}>{typeof cell === "number" ? cell.toLocaleString("en") : cell}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
      </Table>
    </Wide>
  );
}

export function rates(messages: Counted): string[] {
  return [messages.sent.toLocaleString("en"), share(messages.opened, messages.sent), share(messages.clicked, messages.sent)];
}

export function share(part: number, whole: number): string {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

function change(now: number, before: number): string | undefined {
  if (!before) return undefined;
  const by = Math.round((100 * (now - before)) / before);
  return `${by >= 0 ? "+" : "−"}${Math.abs(by)} % on the days before`;
}
