/** Begins something new: from a starter, under a name of its own, as a draft that reaches nobody. */
import { Button, Group, Radio, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Refused } from "../api/client";
import { say } from "./front";
import { at, contents, writeDraft } from "./piece";
import { LAYOUT, STARTERS } from "./starters";
import { Dialog } from "../ui/Dialog";
import { latin } from "../ui/latin";

/** What a piece is called in journeys, made of what somebody typed: “Spring Sale!” becomes `Spring-Sale`. */
export const nameOf = (typed: string): string => latin(typed).replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 64);
export const NAMELESS = "Give it a name with a letter or a digit in it.";

interface Props {
  workspace: string;
  /** Only what is sent is offered. */
  messages?: boolean;
  /** Told its name in place of opening it. */
  onMade?: (name: string) => Promise<void>;
  onClose: () => void;
}

export function New({ workspace, messages = false, onMade, onClose }: Props) {
  const [id, setId] = useState("welcome");
  const [name, setName] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const chosen = STARTERS.find((starter) => starter.id === id)!;
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = nameOf(name);
    if (!wanted) return setFault(NAMELESS);
    setBusy(true);
    try {
      const { pieces } = await client.fetchQuery({ ...contents(workspace), staleTime: 0 });
      if (pieces.some((each) => each.kind === chosen.kind && each.name === wanted)) return setFault("This name is taken.");
      let { text } = chosen;
      if (chosen.kind === "template" && chosen.format === "mjml") {
        const layout = pieces.find((each) => each.kind === "layout" && each.format === "mjml")?.name ?? "brand";
        if (!pieces.some((each) => each.kind === "layout" && each.name === layout)) await writeDraft("layout", layout, LAYOUT, "");
        text = say(text, "layout", layout);
      }
      await writeDraft(chosen.kind, wanted, { text, format: chosen.format }, "");
      await client.invalidateQueries({ queryKey: ["content", workspace] });
      await (onMade ? onMade(wanted) : navigate({ to: at(workspace, chosen.kind, wanted) }));
    } catch (error) {
      setFault(error instanceof Refused ? error.says : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={messages ? "Write a message" : "New content"} size="lg">
      <form onSubmit={(event) => void begin(event)}>
        <Stack gap="md">
          <Radio.Group label="Start from" value={id} onChange={setId}>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt={6}>
              {STARTERS.filter((starter) => !messages || starter.kind === "template").map((starter) => (
                <Radio.Card key={starter.id} value={starter.id} p="sm" radius="md" withBorder style={starter.id === id ? { borderColor: "var(--mantine-primary-color-filled)" } : undefined}>
                  <Group wrap="nowrap" align="flex-start" gap="sm">
                    <Radio.Indicator />
                    <div>
                      <Text size="sm" fw={600}>{starter.title}</Text>
                      <Text size="xs" c="dimmed">{starter.says}</Text>
                    </div>
                  </Group>
                </Radio.Card>
              ))}
            </SimpleGrid>
          </Radio.Group>
          <TextInput label="Name" description={!name || nameOf(name) === name ? "By which journeys name it; it does not change later." : `Journeys name it ${nameOf(name)}; that does not change later.`} placeholder="spring-sale" value={name} error={fault} data-autofocus
            onChange={(event) => { setName(event.currentTarget.value); setFault(""); }} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button type="submit" loading={busy}>Create</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
