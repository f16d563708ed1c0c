/** The plan of a publish: what changes, word by word, and which live journeys send it from then on. */
import { Alert, Anchor, Button, Code, Group, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { Failed, Waiting } from "../ui/Page";
import { told } from "../ui/told";
import type { Kind } from "./piece";

interface Props { workspace: string; kind: Kind | "asset"; name: string; onClose: () => void; onDone: () => void }

export function Publish({ workspace, kind, name, onClose, onDone }: Props) {
  const path = { kind, name };
  const plan = useQuery({ queryKey: ["content", workspace, kind, name, "plan"], queryFn: () => data(api.GET("/api/content/{kind}/{name}/plan", { params: { path } })), gcTime: 0, refetchOnWindowFocus: false });
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Refused | null>(null);
  const client = useQueryClient();
  const said = plan.data;
  const faults = said?.problems.filter((each) => !each.warning) ?? [];
  const warnings = said?.problems.filter((each) => each.warning) ?? [];
  const publish = async () => {
    if (!said) return;
    setBusy(true);
    setFault(null);
    try {
      const done = await data(api.POST("/api/content/{kind}/{name}/publish", { params: { path }, headers: { "if-match": `"${said.revision}"` }, body: { over: said.number, note } }));
      told(done.waits ? `It waits for approval, as number ${done.waits}` : `${name} is published`);
      await client.invalidateQueries({ queryKey: ["content", workspace] });
      onDone();
    } catch (error) {
      setFault(error as Refused);
      void plan.refetch();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Publish ${name}`} size="xl">
      {plan.error && <Failed error={plan.error} again={() => void plan.refetch()} />}
      {!said && !plan.error && <Waiting rows={4} />}
      {said && (
        <Stack gap="md">
          {faults.length > 0 && (
            <Alert color="red" variant="light" role="alert" title="This stands in the way">
              {faults.map((each, n) => <Text key={n} size="sm">{each.file && `${each.file}, `}{each.line > 0 && `line ${each.line}: `}{each.message}{each.hint && `; ${each.hint}`}</Text>)}
            </Alert>
          )}
          {faults.length === 0 && said.changes.length === 0 && <Text size="sm">The draft says the same as what is in force: there is nothing to publish.</Text>}
          {said.changes.map((change) => (
            <section key={`${change.kind}/${change.name}`} aria-label={`${change.kind} ${change.name}`}>
              <Title order={3} fz="sm">{change.kind} {change.name} is {change.what}</Title>
              <Text size="sm" mb={6}>
                {change.takes.length === 0 ? "No live journey sends it." : (
                  <>Sent from then on by {change.takes.length === 1 ? "this live journey" : "these live journeys"}: {change.takes.map((journey, n) => <span key={journey}>{n > 0 && ", "}<Anchor component={Link} to={`/${encodeURIComponent(workspace)}/journeys/${journey}`} fz="sm">{journey}</Anchor></span>)}. What is planned already goes out as it was.</>
                )}
              </Text>
              <Diff lines={change.diff} />
            </section>
          ))}
          {warnings.map((each, n) => <Text key={n} size="sm" c="dimmed">{each.line > 0 && `Line ${each.line}: `}{each.message}{each.hint && `; ${each.hint}`}</Text>)}
          {fault && <Failed error={fault} />}
          {faults.length === 0 && said.changes.length > 0 && <TextInput label="What for" placeholder="In a few words, for whoever looks at the versions" value={note} onChange={(event) => setNote(event.currentTarget.value)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button disabled={faults.length > 0 || said.changes.length === 0} loading={busy} onClick={() => void publish()}>{said.approval ? "Ask for approval" : "Publish"}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

const LOOK: Record<string, React.CSSProperties> = {
  "+": { background: "color-mix(in srgb, var(--mantine-color-green-6) 18%, transparent)" },
  "-": { background: "color-mix(in srgb, var(--mantine-color-red-6) 16%, transparent)" },
};

export function Diff({ lines }: { lines: readonly string[] }) {
  return (
    <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", maxHeight: 360, overflow: "auto" }} tabIndex={0}>
      {lines.filter((line) => !line.startsWith("@@")).map((line, n) => <span key={n} style={{ display: "block", ...LOOK[line[0] ?? ""] }}>{line || " "}</span>)}
    </Code>
  );
}
