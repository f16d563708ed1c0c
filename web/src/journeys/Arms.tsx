/** The ways out of a step: in their order, each with its question; what happens on each stands on the canvas. */
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { quoted } from "../api/quoted";
import { added, asked as answered, holdingOut, shifted, without, type Item } from "./arms";
import type { Field } from "./document";
import styles from "./Edit.module.css";
import { FieldInput, type About } from "./FieldInput";
import { percent } from "./words";

interface Props {
  field: Field;
  /** What each arm is asked, besides its steps. */
  asked: Field[];
  items: Item[];
  onChange: (items: Item[]) => void;
  about: About;
}

export function Arms({ field, asked, items, onChange, about }: Props) {
  const whole = items.reduce((sum, item) => sum + Number(item.share ?? item.holdout ?? 0), 0);
  const has = (key: string) => (field.fields ?? []).some((own) => own.key === key);
  const shares = has("share"), rest = items.some((item) => "otherwise" in item);
  const swap = (n: number, by: -1 | 1) => onChange(shifted(items, n, by));
  const put = (n: number, key: string, value: unknown) => onChange(answered(items, n, key, value));
  const add = (item: Item) => onChange(added(items, item));
  return (
    <div className={styles.form} role="group" aria-label={field.title}>
      <div>
        <Text size="sm" fw={500}>{shares ? "Shares" : "Ways"}</Text>
        <Text size="xs" c="dimmed">{quoted(field.about ?? "")}</Text>
      </div>
      {items.map((item, n) => {
        const name = "otherwise" in item ? "Otherwise" : `Way ${n + 1}`;
        const last = items.length - (rest ? 2 : 1);
        return (
          <div key={n} className={styles.arm} role="group" aria-label={name}>
            <div className={styles.armhead}>
              <span>{name}{shares && `, ${percent(item.share ?? item.holdout, whole)}`}{stepsOf(item) > 0 && `, ${stepsOf(item)} ${stepsOf(item) === 1 ? "step" : "steps"}`}</span>
              {!("otherwise" in item) && (
                <>
                  <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`${name}: earlier`} disabled={n === 0} onClick={() => swap(n, -1)}><IconArrowUp size={13} /></ActionIcon>
                  <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`${name}: later`} disabled={n >= last} onClick={() => swap(n, 1)}><IconArrowDown size={13} /></ActionIcon>
                </>
              )}
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${name.toLowerCase()}`} disabled={items.length < 2} onClick={() => onChange(without(items, n))}><IconX size={13} /></ActionIcon>
            </div>
            {asked.filter((own) => wanted(own.key, item)).map((own) => (
              <FieldInput key={own.key} field={own.key === "when" ? { ...own, required: true } : own} value={item[own.key]} onChange={(value) => put(n, own.key, value)} about={{ ...about, fault: (part) => about.inner(field.key, part, n + 1), inner: () => undefined }} />
            ))}
            {about.inner(field.key, "", n + 1) && <Text size="xs" c="var(--mantine-color-error)" role="alert">{about.inner(field.key, "", n + 1)}</Text>}
            {"otherwise" in item && <Text size="xs" c="dimmed">Whoever takes no other way.</Text>}
          </div>
        );
      })}
      <Group gap="xs">
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={13} />} onClick={() => add(shares ? { share: 50, steps: [] } : { when: "", steps: [] })}>Add a way</Button>
        {has("otherwise") && !rest && <Button size="compact-sm" variant="default" onClick={() => add({ otherwise: [] })}>Add “otherwise”</Button>}
        {has("holdout") && !items.some((item) => "holdout" in item) && <Button size="compact-sm" variant="default" onClick={() => onChange(holdingOut(items))}>Hold some out</Button>}
        {asked.some((own) => own.key === "at_most") && !items.some((item) => "at_most" in item) && <Button size="compact-sm" variant="default" onClick={() => add({ at_most: "3 days", steps: [] })}>Add a time limit</Button>}
      </Group>
    </div>
  );
}

/** Which questions an arm has: those of its own sort. */
function wanted(key: string, item: Item): boolean {
  if (key === "name") return "share" in item || "holdout" in item;
  return key in item || (key === "when" && !["share", "holdout", "otherwise", "at_most"].some((other) => other in item));
}

function stepsOf(item: Item): number {
  const steps = item.otherwise ?? item.steps;
  return Array.isArray(steps) ? steps.length : 0;
}
