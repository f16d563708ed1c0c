/** Asks what a new journey is called, and begins it. */
import { Button, Group, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Dialog } from "../ui/Dialog";
import { toldFault } from "../ui/told";
import { makeJourney } from "./make";

export function NewJourney({ recipes, onClose, onMade }: { recipes: string; onClose: () => void; onMade: (id: string) => void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const make = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    makeJourney(name.trim()).then(onMade, (error: Error) => { toldFault(error); setBusy(false); });
  };
  return (
    <Dialog onClose={onClose} title="New journey">
      <form onSubmit={make}>
        <TextInput data-autofocus label="What is it called?" description="It can be changed later." placeholder="Trial onboarding" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Group mt="md" gap="xs"><Button variant="subtle" component={Link} to={recipes} mr="auto">From a recipe</Button><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={busy} disabled={!name.trim()}>Create</Button></Group>
      </form>
    </Dialog>
  );
}
