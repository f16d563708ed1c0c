/** How one attribute of a person changed: each value, since when, and where it came from. */
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { Dialog } from "../ui/Dialog";
import { Moment } from "../ui/moment";
import { exact, plain } from "../ui/plain";
import { Failed, Waiting } from "../ui/Page";

const MOST = 1000;

interface Props { path: { kind: string; value: string }; name: string; close: () => void }

export function Changes({ path, name, close }: Props) {
  const found = useQuery({
    queryKey: ["history", path, "attributes", "all"],
    queryFn: () => data(api.GET("/api/people/{kind}/{value}/history", { params: { path, query: { kind: "attributes", limit: MOST } } })),
  });
  const rows = (found.data?.history ?? []).flatMap((row) => {
    const said = row.data as Record<string, unknown>;
    return Object.hasOwn(said, name) ? [{ at: row.time, cursor: row.cursor, value: said[name] }] : [];
  });
  // what was sent again without a change is no change
  const changes = rows.filter((row, n) => n + 1 === rows.length || JSON.stringify(row.value) !== JSON.stringify(rows[n + 1]!.value));
  return (
    <Dialog onClose={close} title={`How ${name} changed`} closeButtonProps={{ "aria-label": "Close" }}>
      {found.error ? <Failed error={found.error} /> : !found.data ? <Waiting rows={3} /> : changes.length === 0 ? <Text size="sm" c="dimmed">No change of it is kept.</Text> : (
        <Stack gap="xs">
          <Table fz="sm">
            <Table.Thead><Table.Tr><Table.Th>Value</Table.Th><Table.Th>Since</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {changes.map((each) => (
                <Table.Tr key={each.cursor}>
                  <Table.Td title={exact(each.value)} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{each.value === null ? <Text span size="sm" c="dimmed">taken away</Text> : plain(each.value)}</Table.Td>
                  <Table.Td><Moment at={each.at} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {found.data.next && <Text size="xs" c="dimmed">Of the last {MOST.toLocaleString("en")} times that attributes came in.</Text>}
        </Stack>
      )}
    </Dialog>
  );
}
