/** What two people changed in different ways: each point with both sides, and a choice. Nothing is written before it is made. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { settled } from "./disputes";
import styles from "./Edit.module.css";
import { every, kindOf, type Forms, type Journey } from "./document";
import { oneLine, stepWords, type StepWords } from "./steps";
import type { Conflict } from "./useDraft";
import { Dialog } from "../ui/Dialog";

export function ConflictDialog({ conflict, forms, settle }: { conflict: Conflict; forms: Forms; settle: (chosen: Journey) => void }) {
  const [theirs, setTheirs] = useState<ReadonlySet<number>>(new Set());
  const steps = new Map([...stepWords(conflict.theirs, forms), ...stepWords(conflict.made, forms)]);
  const told = (where: string[]) => saysPlace(where, conflict.made, forms, steps);
  const choose = (n: number, other: boolean) => setTheirs((before) => { const next = new Set(before); if (other) next.add(n); else next.delete(n); return next; });
  return (
    <Dialog onClose={() => undefined} withCloseButton={false} size="lg" title={`${conflict.by} changed the same as you`}>
      <Text size="sm" c="dimmed" mb="md">Everything else of both is in already. Choose for each of these; what you don’t choose is not lost: undo brings it back.</Text>
      <Stack gap="md">
        {conflict.points.map((point, n) => (
          <div key={n} role="group" aria-label={told(point.where)}>
            <Text size="sm" fw={600} mb={4}>{told(point.where)}</Text>
            <div className={styles.sides}>
              <button type="button" className={styles.side} aria-pressed={!theirs.has(n)} onClick={() => choose(n, false)}><b>Yours</b><pre>{says(point.ours, steps)}</pre></button>
              <button type="button" className={styles.side} aria-pressed={theirs.has(n)} onClick={() => choose(n, true)}><b>{conflict.by}</b><pre>{says(point.theirs, steps)}</pre></button>
            </div>
          </div>
        ))}
      </Stack>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => settle(conflict.theirs)}>Take all of theirs</Button>
        <Button onClick={() => settle(settled(conflict.made, conflict.points.filter((_, n) => theirs.has(n))))}>Go on with these</Button>
      </Group>
    </Dialog>
  );
}

/** Where it is, as people call it: `Wait: 1 day › How long`. */
function saysPlace(where: string[], journey: Journey, forms: Forms, steps: Map<string, StepWords>): string {
  let fields = forms.journey.fields ?? [];
  const parts = where.filter((part) => part !== "steps").map((part) => {
    const words = steps.get(part);
    if (!words) return fields.find((field) => field.key === part)?.title ?? part.replaceAll("_", " ");
    const step = every(journey, forms).find((each) => each.step.id === part)?.step;
    fields = step ? [...(forms.steps[kindOf(step, forms)]?.fields ?? []), ...forms.common] : [];
    return oneLine(words);
  });
  return parts.join(" › ") || "The steps and their order";
}

function says(value: unknown, steps: Map<string, StepWords>): string {
  if (value === null || value === undefined) return "taken out";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null && "id" in each)) return value.map(({ id }: { id: string }) => { const words = steps.get(id); return words ? oneLine(words) : id; }).join(", ");
  return JSON.stringify(value, null, 1);
}
