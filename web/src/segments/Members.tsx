/** Who is in a segment that is kept by hand: put in, taken out, with an undo. */
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { api, data } from "../api/client";
import { told, toldFault } from "../ui/told";

/** Identifiers as they are pasted: one a line, or with commas between. */
const several = (text: string) => [...new Set(text.split(/[\n,;\t]+/).map((each) => each.trim()).filter(Boolean))];

export async function move(name: string, people: string[], on: boolean, undo = true): Promise<string[]> {
  const said = await data(api.POST("/api/segments/{name}/members", { params: { path: { name } }, body: { people, on } }));
  const known = people.filter((each) => !said.unknown.includes(each));
  if (known.length) told(`${known.length === 1 ? known[0] : `${known.length} people`} ${on ? "put in" : "taken out"}.`, undo ? () => void move(name, known, !on, false).catch(toldFault) : undefined);
  return said.unknown;
}

export function Members({ name }: { name: string }) {
  const [text, setText] = useState("");
  const [unknown, setUnknown] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const all = several(text);
  const go = async (on: boolean) => {
    setBusy(true);
    try {
      const left: string[] = [];
      for (let n = 0; n < all.length; n += 500) left.push(...(await move(name, all.slice(n, n + 500), on)));
      setUnknown(left);
      setText(left.join("\n"));
    } catch (error) {
      toldFault(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs" component="form" {...{ onSubmit: (event: FormEvent) => { event.preventDefault(); void go(true); } }}>
      <Textarea label="Emails or ids" description="One a line, or with commas between." autosize minRows={2} maxRows={8} value={text} onChange={(event) => { setText(event.currentTarget.value); setUnknown([]); }}
        error={unknown.length > 0 && `Nobody has ${unknown.length === 1 ? "this" : `these ${unknown.length}`}: correct them, or leave them out.`} />
      <Group gap="xs">
        <Button type="submit" size="xs" loading={busy} disabled={!all.length}>Put in</Button>
        <Button size="xs" variant="default" disabled={!all.length || busy} onClick={() => void go(false)}>Take out</Button>
        {all.length > 1 && <Text size="xs" c="dimmed">{all.length} people</Text>}
      </Group>
    </Stack>
  );
}
