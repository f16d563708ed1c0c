/** Which message a step sends: picked, or written in place, in the editor that Content has. */
import { Button, Group, Modal, Text } from "@mantine/core";
import { IconArrowLeft, IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { workspace as place } from "../app/routes";
import { may, session } from "../session/session";
import { Waiting } from "../ui/Page";

const New = lazy(() => import("../content/New").then((found) => ({ default: found.New })));
const InPlace = lazy(() => import("../content/PiecePage").then((found) => ({ default: found.InPlace })));

export function MessageField({ value, onChange, children }: { value: string; onChange: (name: string) => void; children: ReactNode }) {
  const { workspace } = place.useParams();
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [asks, setAsks] = useState<"" | "new" | "edit">("");
  if (!now || !may(now, workspace, "content:edit")) return children;
  const known = () => client.invalidateQueries({ queryKey: ["journey-names", workspace] });
  const made = async (name: string) => {
    await known();
    onChange(name);
    setAsks("edit");
  };
  const back = () => { setAsks(""); void known(); };
  return (
    <div>
      {children}
      <Group gap={6} mt={6}>
        {value && <Button size="compact-sm" variant="default" leftSection={<IconPencil size={13} />} onClick={() => setAsks("edit")}>Edit this message</Button>}
        <Button size="compact-sm" variant={value ? "subtle" : "default"} leftSection={<IconPlus size={13} />} onClick={() => setAsks("new")}>Write a new one</Button>
      </Group>
      <Suspense fallback={null}>{asks === "new" && <New workspace={workspace} messages onMade={made} onClose={() => setAsks("")} />}</Suspense>
      <Modal opened={asks === "edit"} onClose={back} fullScreen title="The message of this step" closeButtonProps={{ "aria-label": "Close" }}>
        <Group justify="space-between" mb="md">
          <Button variant="default" size="xs" leftSection={<IconArrowLeft size={14} />} onClick={back}>Back to the journey</Button>
          <Text size="sm" c="dimmed">Every change is saved. A new message goes live with the journey.</Text>
        </Group>
        {asks === "edit" && <Suspense fallback={<Waiting rows={10} />}><InPlace workspace={workspace} kind="template" name={value} /></Suspense>}
      </Modal>
    </div>
  );
}
