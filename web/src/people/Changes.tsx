/** How one attribute of a person changed: each value, since when, and where it came from. */
import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Dialog } from "../ui/Dialog";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { exact, plain } from "../ui/plain";
import { Failed, Waiting } from "../ui/Page";

const MOST = 1000;

interface Change { at: string; cursor: string; value: unknown }
const says = ({ value }: Change) => (value === null ? "taken away" : plain(value));
const WORTH = { value: (each: Change) => (typeof each.value === "number" ? each.value : says(each)), at: (each: Change) => Date.parse(each.at) };

interface Props { path: { kind: string; value: string }; name: string; close: () => void }

export function Changes({ path, name, close }: Props) {
  const [q, setQ] = useState("");
  const [sort, setSort] = useState<string | undefined>();
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
          <Given<Change>
            title={`How ${name} changed`}
            rows={changes.filter((each) => says(each).toLowerCase().includes(q.toLowerCase()))}
            search={changes.length > 20 ? { value: q, placeholder: "Search values", onChange: setQ } : undefined}
            sorts={{ by: sort, worth: WORTH, onChange: setSort }}
            idOf={(each) => each.cursor}
            columns={[
              { accessor: "value", title: "Value", render: (each) => <Text size="sm" data-row tabIndex={-1} c={each.value === null ? "dimmed" : undefined} title={exact(each.value)} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{says(each)}</Text> },
              { accessor: "at", title: "Since", width: 140, render: (each) => <Moment at={each.at} /> },
            ]}
            empty={null}
          />
          {found.data.next && <Text size="xs" c="dimmed">Of the last {MOST.toLocaleString("en")} times that attributes came in.</Text>}
        </Stack>
      )}
    </Dialog>
  );
}
