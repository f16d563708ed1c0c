/** Begins a segment as a draft: its name, and whether a rule or somebody's hand says who is in it. */
import { Button, Group, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Refused } from "../api/client";
import { idOf, write } from "./draft";
import { Dialog } from "../ui/Dialog";

interface Props {
  close: () => void;
  home: string;
  /** Names that are taken. */
  taken: string[];
  /** The segment it begins as a copy of. */
  of?: { name: string; rule: string | null };
}

export function NewSegment({ close, home, taken, of }: Props) {
  const [name, setName] = useState(of ? `${of.name} (copy)` : "");
  const [kind, setKind] = useState(of && of.rule === null ? "hand" : "rule");
  const [fault, setFault] = useState("");
  const navigate = useNavigate();
  const id = idOf(name);
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    if (!id) return setFault("Give it a name with a letter or a digit in it.");
    if (taken.includes(id)) return setFault(`There is a segment “${id}” already. Choose another name.`);
    try {
      await write(id, { segment: id, name: name.trim(), ...(kind === "hand" ? { manual: true } : { rule: of?.rule ?? "" }) }, "");
      close();
      void navigate({ to: `${home}/segments/${id}` });
    } catch (error) {
      setFault(error instanceof Refused && error.status === 412 ? `There is a draft of “${id}” already. Choose another name.` : error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Dialog onClose={close} title={of ? "Duplicate the segment" : "New segment"} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void begin(event)}>
        <Stack gap="md">
          <TextInput label="Name" data-autofocus placeholder="Paying customers" value={name} error={fault} onChange={(event) => { setName(event.currentTarget.value); setFault(""); }}
            description={id ? <>Rules call it <b>{id}</b>.</> : "What people call it."} />
          {!of && (
            <Radio.Group label="Who is in it" value={kind} onChange={setKind}>
              <Stack gap={6} mt={6}>
                <Radio value="rule" label="Whoever a rule holds for" description="People come and go by themselves, at every moment." />
                <Radio value="hand" label="Whoever is put in by hand" description="By you, by a step of a journey, or over the API." />
              </Stack>
            </Radio.Group>
          )}
          <Group justify="flex-end" gap="xs">
            <Text size="xs" c="dimmed" flex={1}>It begins as a draft and reaches nobody until it is published.</Text>
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" disabled={!name.trim()}>{of ? "Duplicate" : "Create"}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
