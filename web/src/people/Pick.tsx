/** Which segment, of those that are kept by hand; or a new one, made at once. */
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, data, Refused } from "../api/client";
import { discard, idOf, write } from "../segments/draft";

/** `makes`: whether a new one may be made here. */
export function Pick({ segments, makes, go }: { segments: { value: string; label: string }[]; makes: boolean; go: (segment: string) => void }) {
  const [segment, setSegment] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return segment ? go(segment) : undefined;
    setBusy(true);
    try {
      go(await made(name.trim()));
    } catch (error) {
      setFault(error instanceof Refused && error.status === 412 ? "There is a segment or a draft of this name already. Choose another name." : error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  if (!segments.length && !makes) return <Text size="sm">No segment is kept by hand yet. Ask somebody who may publish to make one.</Text>;
  return (
    <form onSubmit={(event) => void begin(event)}>
      <Stack gap="md">
        {segments.length > 0 && <Select label="Segment" description="Those that are kept by hand." data={segments} value={segment} onChange={(to) => { setSegment(to); setName(""); setFault(""); }} searchable clearable data-autofocus />}
        {makes && <TextInput label={segments.length ? "Or a new one" : "A new segment"} description="Kept by hand; it is published at once." placeholder="Invited to the launch" value={name} error={fault} data-autofocus={!segments.length || undefined} onChange={(event) => { setName(event.currentTarget.value); setSegment(null); setFault(""); }} />}
        <Group justify="flex-end"><Button type="submit" loading={busy} disabled={!segment && !name.trim()}>Go on</Button></Group>
      </Stack>
    </form>
  );
}

/** Makes a segment that is kept by hand, in force; gives its id. */
async function made(name: string): Promise<string> {
  const id = idOf(name);
  if (!id) throw new Error("Give it a name with a letter or a digit in it.");
  const path = { name: id };
  const { segments } = await data(api.GET("/api/segments"));
  if (segments.some((each) => each.segment === id)) throw new Refused(412, "");
  await write(id, { segment: id, name, manual: true }, "");
  try {
    const { over, revision } = await data(api.GET("/api/segments/{name}/plan", { params: { path } }));
    const { waiting } = await data(api.POST("/api/segments/{name}/publish", { params: { path }, body: { over, revision, note: "" } }));
    if (waiting !== null) throw new Error(`“${name}” waits for somebody else’s approval, as number ${waiting}. Come back when it is approved.`);
  } catch (error) {
    if (error instanceof Refused) await discard(id);
    throw error;
  }
  return id;
}
