/** Every version of a journey: when, by whom, what for, what it changed, who is still on it, and the way back to it. */
import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { Given, Order } from "../ui/ListPage";
import { SideDialog } from "../ui/SideDialog";
import { Moment } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import { useNames } from "./called";
import { one } from "./room";
import styles from "./Edit.module.css";
import { Sentences } from "./Sentences";
import type { StepWords } from "./steps";
import { Who } from "./Who";

type Version = Schemas["JourneyVersion"];
const ORDERS = [{ value: "-version", label: "Newest first" }, { value: "version", label: "Oldest first" }, { value: "-inside", label: "Most people on it" }];
const WORTH = { version: (each: Version) => each.version, inside: (each: Version) => each.inside };

export function Versions({ workspace, journey, steps, onClose, onBack, mayPublish }: { workspace: string; journey: string; steps: ReadonlyMap<string, StepWords>; onClose: () => void; onBack: (version: number) => void; mayPublish: boolean }) {
  const names = useNames(workspace);
  const { q = "", order: sort } = one.useSearch();
  const navigate = useNavigate();
  const narrow = (by: { q?: string; order?: string }) => void navigate({ to: ".", search: ((before: object) => ({ ...before, ...by })) as never, replace: true });
  const setSort = (order: string | undefined) => narrow({ order });
  const found = useQuery({
    queryKey: ["versions", workspace, journey],
    queryFn: () => data(api.GET("/api/journeys/{journey}/versions", { params: { path: { journey } } })),
  });
  return (
    <SideDialog onClose={onClose} size="md" title="Versions">
      {found.error ? <Failed error={found.error} again={() => void found.refetch()} /> : !found.data ? <Waiting /> : (
        <Given<Version>
          title="Versions"
          rows={found.data.versions.filter((each) => [each.author, names.member(each.author), each.approver, each.note, ...each.changes.map((one) => one.text)].join("\n").toLowerCase().includes(q.toLowerCase()))}
          search={{ value: q, placeholder: "Search by who or what", onChange: (text) => narrow({ q: text || undefined }) }}
          filters={<Order choices={ORDERS} value={sort} onChange={setSort} />}
          sorts={{ by: sort, worth: WORTH, onChange: setSort }}
          idOf={(each) => String(each.version)}
          draw={(versions) => (
            <Stack gap="md" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
              {versions.map((each) => (
                <li key={each.version} className={styles.arm} data-item>
                  <Group justify="space-between" wrap="nowrap">
                    <Group gap={6}><Text fw={600} size="sm" data-row tabIndex={-1}>Version {each.version}</Text>{each.newest && <Badge>Newest</Badge>}</Group>
                    {!each.newest && mayPublish && <Button size="compact-xs" variant="default" onClick={() => onBack(each.version)}>Bring it back</Button>}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {each.at && <>Published <Moment at={each.at} /></>}{each.author && <> by <Who workspace={workspace} of={each.author} /></>}{each.approver && <>, approved by <Who workspace={workspace} of={each.approver} /></>}
                    {each.inside > 0 && `${each.at ? ". " : ""}${each.inside.toLocaleString("en")} ${each.inside === 1 ? "person" : "people"} on it now`}
                  </Text>
                  {each.note && <Text size="sm">{each.note}</Text>}
                  {each.changes.length > 0 && <Sentences of={each.changes.map((one) => one.text)} steps={steps} />}
                </li>
              ))}
            </Stack>
          )}
          empty={null}
        />
      )}
    </SideDialog>
  );
}
