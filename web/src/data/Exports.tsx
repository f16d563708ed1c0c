/** Taking data home: what people did, what was sent, what was seen, as files a spreadsheet opens. */
import { Anchor, Button, Group, Select, SimpleGrid } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { clears } from "../ui/clears";
import { PageHead } from "../ui/Page";
import { exports } from "./room";
import { seen } from "./seen";

const PERIODS = [["7", "Last 7 days"], ["30", "Last 30 days"], ["90", "Last 90 days"], ["365", "Last year"], ["3650", "All that is kept"]].map(([value, label]) => ({ value: value!, label: label! }));
const STATES = ["planned", "sent", "failed", "bounced", "refused", "cancelled", "unknown"];

export function Exports() {
  const { workspace } = exports.useParams();
  const { data: now } = useQuery(session);
  const [days, setDays] = useState("30");
  const [event, setEvent] = useState("");
  const [state, setState] = useState("");
  const events = useQuery(seen(workspace, { what: "events" }));
  const allowed = (permission: string) => !!now && may(now, workspace, permission);
  const home = `/${encodeURIComponent(workspace)}`;
  const file = (path: string, query: Record<string, string> = {}) => `/api/${path}?${new URLSearchParams({ workspace, ...Object.fromEntries(Object.entries(query).filter(([, value]) => value)) })}`;
  const names = [...new Set((events.data ?? []).filter((each) => !each.hidden).map((each) => each.name))].sort();
  return (
    <>
      <PageHead title="Exports" about="Files for a spreadsheet or another tool. Each export stands in the audit log." />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {allowed("people:read") && (
          <Card title="Events" about="What people did, person by person, with their ids and the properties as JSON. Properties marked sensitive are left out.">
            <Group align="flex-end" gap="xs">
              <Select w={160} label="From when" data={PERIODS} value={days} onChange={(value) => setDays(value ?? "30")} />
              <Select w={180} label="Which" placeholder="Every event" searchable clearable clearButtonProps={clears("Every event")} data={names} value={event || null} onChange={(value) => setEvent(value ?? "")} />
              <File href={file("exports/events", { days, event })} of="events" beside />
            </Group>
          </Card>
        )}
        {allowed("deliveries:read") && (
          <Card title="Deliveries" about="Every message: whom it was for, how it stands and why, and when it was delivered, opened, clicked.">
            <Group align="flex-end" gap="xs">
              <Select w={180} label="Status" placeholder="Any status" clearable clearButtonProps={clears("Any status")} data={STATES} value={state || null} onChange={(value) => setState(value ?? "")} />
              <File href={file("deliveries/export", { state })} of="deliveries" beside />
            </Group>
          </Card>
        )}
        {allowed("people:read") && (
          <Card title="People" about={<>Choose whom, by a rule if you like, and with which columns; then <i>Export as CSV</i>.</>} action={<Button component={Link} to={`${home}/people`} variant="default" size="xs">Choose people</Button>} />
        )}
        <Card title="Catalog" about="Every event, property and attribute that was seen: types, how often, first and last, what your team wrote about it." action={<File href={file("exports/catalog")} of="the catalog" />} />
        {allowed("audit:read") && (
          <Card title="Audit log" about={<>Who changed what, from what to what. Narrow it first under <Anchor component={Link} to={`${home}/settings/audit`} fz="sm" c="inherit" td="underline">Settings</Anchor>.</>} action={<File href={file("audit/export")} of="the audit log" />} />
        )}
        <Card title="Everything else" about={<>Figures have <i>CSV</i> and <i>PNG</i> beside each chart under <Anchor component={Link} to={`${home}/reports`} fz="sm" c="inherit" td="underline">Reports</Anchor>. Journeys, segments, content and settings come as files under <Anchor component={Link} to={`${home}/settings/workspace`} fz="sm" c="inherit" td="underline">Workspaces and backup</Anchor>.</>} />
      </SimpleGrid>
    </>
  );
}

/** `beside`: it stands behind the fields that say what is in the file. */
function File({ href, of, beside }: { href: string; of: string; beside?: boolean }) {
  return <Button component="a" href={href} download variant="default" size={beside ? undefined : "xs"} leftSection={<IconDownload size={14} />} aria-label={`Download CSV of ${of}`}>Download CSV</Button>;
}
