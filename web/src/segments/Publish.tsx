/** What publishing a segment's draft changes, before it does. */
import { Alert, Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Count, people } from "../rules/matching";
import { Failed, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";

export function Publish({ name, rule, opened, close, done }: { name: string; rule: string; opened: boolean; close: () => void; done: () => void }) {
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const path = { name };
  const plan = useQuery({ queryKey: ["segment", name, "plan"], queryFn: () => data(api.GET("/api/segments/{name}/plan", { params: { path } })), enabled: opened, retry: false, gcTime: 0 });
  const publish = async () => {
    if (!plan.data) return;
    setBusy(true);
    try {
      const made = await data(api.POST("/api/segments/{name}/publish", { params: { path }, body: { over: plan.data.over, revision: plan.data.revision, note } }));
      told(made.waiting === null ? "Published. People are being looked at now." : "It waits for somebody else's approval.");
      close();
      done();
    } catch (error) {
      toldFault(error as Error);
      void plan.refetch();
    } finally {
      setBusy(false);
    }
  };
  const found = plan.data;
  const used = found && [...found.journeys.map((each) => `the journey ${each}`), ...found.segments.map((each) => `the segment ${each}`)];
  return (
    <Modal opened={opened} onClose={close} title="Publish the segment" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      {plan.error ? <Failed error={plan.error} again={() => void plan.refetch()} /> : !found ? <Waiting rows={4} /> : (
        <Stack gap="md">
          {found.rule.length > 0 && (
            <div>
              <Text size="sm" fw={600} mb={4}>{found.first ? "The rule" : found.carries ? "What changes" : "The rule stays as it is"}</Text>
              <Code block style={{ whiteSpace: "pre-wrap" }}>
                {found.rule.map((each, n) => each.sign === "-" ? <del key={n}>{each.text}</del> : each.sign === "+" && !found.first ? <ins key={n}>{each.text}</ins> : <span key={n}>{each.text}</span>)}
              </Code>
            </div>
          )}
          <div>
            <Text size="sm" fw={600} mb={2}>Who will be in it</Text>
            {rule ? <Count rule={rule} /> : <Text size="sm">Whoever is put in by hand.</Text>}
            {!found.first && <Text size="sm" c="dimmed">In it now: {people(found.people)}.</Text>}
          </div>
          <div>
            <Text size="sm" fw={600} mb={2}>Used by</Text>
            <Text size="sm">{used!.length ? `${used!.join(", ")}.` : "Nothing uses it yet."}</Text>
            {used!.length > 0 && found.carries && <Text size="sm" c="dimmed">They go by the new rule from now on. That somebody enters or leaves only because the rule changed starts no journey; an exit that no longer holds, or holds now, does count.</Text>}
          </div>
          {found.approval && <Alert color="yellow" variant="light">This workspace asks for approval: it comes into force when somebody else has approved it.</Alert>}
          <TextInput label="What it is for" description="For the history; may be left empty." value={note} onChange={(event) => setNote(event.currentTarget.value)} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button loading={busy} onClick={() => void publish()}>{found.approval ? "Ask for approval" : "Publish"}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
