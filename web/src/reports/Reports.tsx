/** What was sent in the last days, and what became of it: in all, by journey, by template, by topic. */
import { Group, Paper, SegmentedControl, SimpleGrid, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { CHANNELS } from "../content/piece";
import { useNames } from "../journeys/called";
import { Status } from "../journeys/Status";
import { Card } from "../ui/Card";
import { Chart } from "../ui/Chart";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { Lines, percent, share, type Column } from "./Lines";
import { overview } from "./room";

type Counted = Schemas["Counted"];

export function Reports() {
  const { days = 30, sort } = overview.useSearch();
  const { workspace } = overview.useParams();
  const home = `/${encodeURIComponent(workspace)}`;
  const names = useNames(workspace);
  const found = useQuery({ queryKey: ["reports", workspace, days], queryFn: () => data(api.GET("/api/reports", { params: { query: { days } } })), refetchInterval: 15_000, placeholderData: (before) => before });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <Waiting head rows={10} />;
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
            <Figure label="Opened" value={share(total.opened, total.readable)} note={total.readable ? total.opened.toLocaleString("en") : undefined} />
            <Figure label="Clicked" value={share(total.clicked, total.sent)} note={total.sent ? total.clicked.toLocaleString("en") : undefined} />
            <Figure label="Bounced" value={share(total.bounced, total.sent)} note={total.sent ? total.bounced.toLocaleString("en") : undefined} />
            <Figure label="Reached a goal" value={converted.toLocaleString("en")} />
          </SimpleGrid>
          <Card title="Messages by day"><Chart title="Messages by day" file={`messages-${days}-days`} days={found.data.days} curves={[{ name: "Sent", values: of("sent") }, { name: "Opened", values: of("opened") }, { name: "Clicked", values: of("clicked") }]} /></Card>
          <Card title="Journeys">
            <Lines label="Journeys" file={`journeys-${days}-days`} rows={journeys} idOf={(each) => each.journey} sort={{ table: "journeys", now: sort }} columns={[
              { title: "Journey", of: (each) => each.name, show: (each) => <><Link to={`${home}/reports/${encodeURIComponent(each.journey)}`} search={days === 30 ? {} : { days }} style={{ textDecoration: "none", fontWeight: 550 }}>{each.name}</Link>{each.status !== "live" && <> <Status of={each.status} /></>}</> },
              { title: "Entered", of: (each) => each.entered },
              { title: "Finished", of: (each) => each.done },
              { title: "Reached the goal", of: (each) => (each.goal ? each.converted : "") },
              ...rates<Schemas["JourneyLine"]>((each) => each.messages),
            ]} />
          </Card>
          <Card title="Templates">
            {templates.length === 0 ? <Text size="sm" c="dimmed">Nothing was sent in these days.</Text> : (
              <Lines label="Templates" file={`templates-${days}-days`} rows={templates} idOf={(each) => each.template} sort={{ table: "templates", now: sort }} columns={[
                { title: "Template", of: (each) => names.titled(each.template), show: (each) => <><Link to={`${home}/content/template/${encodeURIComponent(each.template)}`} style={{ textDecoration: "none", fontWeight: 550 }}>{names.message(each.template)}</Link>{names.message(each.template) !== each.template && <Text size="xs" c="dimmed">{each.template}</Text>}</> },
                { title: "Channel", of: (each) => CHANNELS[each.channel] ?? each.channel },
                ...rates<Schemas["TemplateLine"]>((each) => each.messages),
                part<Schemas["TemplateLine"]>("Bounced", (each) => each.messages.bounced, (each) => each.messages.sent),
                part<Schemas["TemplateLine"]>("Unsubscribed", (each) => each.messages.unsubscribed, (each) => each.messages.sent),
              ]} />
            )}
          </Card>
          {topics.length > 0 && (
            <Card title="Topics">
              <Lines label="Topics" file={`topics-${days}-days`} rows={topics} idOf={(each) => each.topic} sort={{ table: "topics", now: sort }} columns={[
                { title: "Topic", of: (each) => each.name || "No topic" },
                ...rates<Schemas["TopicLine"]>((each) => each.messages),
                part<Schemas["TopicLine"]>("Unsubscribed", (each) => each.messages.unsubscribed, (each) => each.messages.sent),
              ]} />
            </Card>
          )}
          <Text size="xs" c="dimmed">Opened, clicked and the like are parts of what was sent. Whether a text message or a webhook was read nobody can see: they are left out of what was opened.</Text>
        </>
      )}
    </>
  );
}

export function Days({ days }: { days: number }) {
  const navigate = useNavigate();
  return <SegmentedControl aria-label="Days" data={[7, 30, 90, 365].map((each) => ({ value: String(each), label: each === 365 ? "A year" : `${each} days` }))} value={String(days)} onChange={(value) => void navigate({ to: ".", search: ((before: object) => ({ ...before, days: value === "30" ? undefined : Number(value) })) as never, replace: true })} />;
}

export function Figure({ label, value, note }: { label: string; value: React.ReactNode; note?: string }) {
  return <Paper withBorder radius="md" p="sm"><Text size="xs" c="dimmed">{label}</Text><Group gap={6} align="baseline"><Text fz={20} fw={620} className="figures">{value}</Text>{note && <Text size="xs" c="dimmed">{note}</Text>}</Group></Paper>;
}

/** Sent, opened, clicked: the same in every table. */
export function rates<T>(of: (row: T) => Counted): Column<T>[] {
  return [
    { title: "Sent", of: (row) => of(row).sent },
    part("Opened", (row) => of(row).opened, (row) => of(row).readable),
    part("Clicked", (row) => of(row).clicked, (row) => of(row).sent),
  ];
}

/** A column of shares: percent in the file too. */
export function part<T>(title: string, some: (row: T) => number, whole: (row: T) => number): Column<T> {
  return { title, head: `${title} %`, of: (row) => percent(some(row), whole(row)), show: (row) => share(some(row), whole(row)) };
}

function change(now: number, before: number): string | undefined {
  if (!before) return undefined;
  const by = Math.round((100 * (now - before)) / before);
  return `${by >= 0 ? "+" : "−"}${Math.abs(by)} % on the days before`;
}
