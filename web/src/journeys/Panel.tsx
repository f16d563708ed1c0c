/** What a step is, field by field in words, its numbers, and the people behind each. */
import { ActionIcon, Group, Paper, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { UNASKED, type Asked } from "../ui/asked";
import { Behind, isWhat, type What } from "./Behind";
import styles from "./Canvas.module.css";
import { every, kindOf, triggerOf } from "./document";
import type { Counts, Shown } from "./shown";
import { filled, saysStep, saysTrigger } from "./words";

interface Props extends Shown {
  workspace: string;
  step: string;
  close: () => void;
}

export function Panel({ journey, forms, counts, workspace, step: id, close }: Props) {
  const frame = useRef<HTMLElement>(null);
  const step = every(journey, forms).find((each) => each.step.id === id)?.step;
  const said = id === "trigger" ? saysTrigger(journey, forms) : step && saysStep(step, forms);
  const trigger = triggerOf(journey, forms);
  const form = step ? forms.steps[kindOf(step, forms)] : forms.triggers[trigger];
  const fields = step
    ? filled([...(form?.fields ?? []), ...forms.common], step, forms.names)
    : [...filled(form?.fields ?? [], journey.trigger, forms.names), ...filled((forms.journey.fields ?? []).filter((field) => !["journey", "name", "trigger"].includes(field.key)), journey, forms.names)];
  const own = counts.get(id);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  if (!said) return null;
  return (
    <Paper ref={frame} withBorder radius="md" p="md" component="aside" aria-label={said.title} tabIndex={-1} className={styles.panel} data-scroll-restoration-id={`step-${id}`} onKeyDown={(event) => event.key === "Escape" && close()}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2}>{said.title}</Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={close}><IconX size={16} /></ActionIcon>
      </Group>
      {form?.about && <Text size="sm" c="dimmed" mb="sm">{quoted(form.about)}</Text>}
      <dl className={styles.fields}>
        {fields.map(([field, value]) => (
          <div key={field.key}><dt>{field.title}</dt><dd>{value}</dd></div>
        ))}
      </dl>
      {own && <Numbers journey={journey.journey} step={id} workspace={workspace} own={own} />}
    </Paper>
  );
}

/** Why runs end at a step. */
const LEFT = [["Held out", "held_out"], ["Left by the exit rule", "exited"], ["Taken out", "stopped"], ["Merged with somebody", "merged"], ["Ended here", "done"]] as const;

/** What is counted at the step; each number leads to the people behind it. */
function Numbers({ journey, step, workspace, own }: { journey: string; step: string; workspace: string; own: Counts }) {
  const now = useQuery(session).data;
  const { who, at } = useSearch({ strict: false }) as Asked;
  const navigate = useNavigate();
  const what = at === step && isWhat(who) ? who : "inside";
  const setWhat = (which: What) => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...UNASKED, who: which, at: step }), replace: true });
  const shown = !!now && may(now, workspace, "people:read");
  const reasons = LEFT.map(([word, which]): [string, What, number] => [word, which, own.left_by?.[which] ?? 0]).filter(([, , count]) => count > 0);
  const counts: [string, What, number][] = [["Here now", "inside", own.waiting], ["Passed", "passed", own.passed], ["Came", "came", own.came ?? 0], ...(reasons.length > 1 ? [["Left here", "left", own.left] as [string, What, number]] : []), ...reasons, ["Sent", "sent", own.sent], ["Delivered", "delivered", own.delivered ?? 0], ["Opened", "opened", own.opened], ["Clicked", "clicked", own.clicked], ["Not sent", "dropped", own.dropped], ["Failed", "failed", own.failed], ["Came back", "bounced", own.bounced], ["Then reached the goal", "converted", own.converted ?? 0]];
  const chosen = counts.find((each) => each[1] === what)?.[2] ?? 0;
  return (
    <>
      <Title order={3} fz="sm" mt="md" mb={4}>Numbers</Title>
      <ul className={`${styles.numbers} figures`}>
        {counts.filter(([, , count], n) => n < 2 || count > 0).map(([word, which, count]) => (
          <li key={word}>
            {shown && count > 0
              ? <button type="button" aria-pressed={what === which} onClick={() => setWhat(which)}><b>{count.toLocaleString("en")}</b> <span>{word}</span></button>
              : <div><b>{count.toLocaleString("en")}</b> <span>{word}</span></div>}
          </li>
        ))}
      </ul>
      {shown && chosen > 0 && <Behind key={what} workspace={workspace} journey={journey} step={step} what={what} count={chosen} />}
    </>
  );
}
