/** A copy of a template, layout or snippet under a name of its own: a draft that reaches nobody. */
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Refused } from "../api/client";
import { NAMELESS, nameOf } from "./New";
import { at, contents, draftOf, piece, writeDraft, type Kind, type Source } from "./piece";
import { Dialog } from "../ui/Dialog";

/** `source`: what is copied; left out, what the draft says, or what is in force. */
export function Copy({ workspace, kind, name, source, onClose }: { workspace: string; kind: Kind; name: string; source?: Source; onClose: () => void }) {
  const [to, setTo] = useState(`${name}-copy`);
  const [fault, setFault] = useState("");
  const navigate = useNavigate();
  const client = useQueryClient();
  const copy = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = nameOf(to);
    if (!wanted) return setFault(NAMELESS);
    try {
      const { pieces } = await client.fetchQuery({ ...contents(workspace), staleTime: 0 });
      if (pieces.some((each) => each.kind === kind && each.name === wanted)) return setFault("This name is taken.");
      const own = source ?? (await draftOf(kind, name)).source ?? await client.fetchQuery({ ...piece(workspace, kind, name), staleTime: 0 });
      await writeDraft(kind, wanted, { text: own.text, format: own.format }, "");
      await client.invalidateQueries({ queryKey: ["content", workspace] });
      onClose();
      await navigate({ to: at(workspace, kind, wanted) });
    } catch (error) {
      setFault(error instanceof Refused ? error.says : String(error));
    }
  };
  return (
    <Dialog onClose={onClose} title={`Duplicate ${name}`}>
      <form onSubmit={(event) => void copy(event)}>
        <Stack>
          <TextInput label="Name of the copy" value={to} error={fault} onChange={(event) => { setTo(event.currentTarget.value); setFault(""); }} data-autofocus />
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit">Duplicate</Button></Group>
        </Stack>
      </form>
    </Dialog>
  );
}
