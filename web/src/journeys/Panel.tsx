/** What a step is, field by field in words, its numbers, and who is at it now. */
import { ActionIcon, Button, Group, Paper, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, data } from "../api/client";
import { may, session } from "../session/session";
import { Moment } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import { called } from "../people/People";
import styles from "./Canvas.module.css";
import { every, kindOf } from "./document";
import type { Shown } from "./shown";
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
  const trigger = Object.keys(journey.trigger).find((key) => key in forms.triggers) ?? "";
  const form = step ? forms.steps[kindOf(step, forms)] : forms.triggers[trigger];
  const fields = step
    ? filled([...(form?.fields ?? []), ...forms.common], step)
    : [...filled(form?.fields ?? [], journey.trigger), ...filled((forms.journey.fields ?? []).filter((field) => !["journey", "name", "trigger"].includes(field.key)), journey)];
  const own = counts.get(id);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  if (!said) return null;
  return (
    <Paper ref={frame} withBorder radius="md" p="md" component="aside" aria-label={said.title} tabIndex={-1} className={styles.panel} onKeyDown={(event) => event.key === "Escape" && close()}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={2}>{said.title}</Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={close}><IconX size={16} /></ActionIcon>
      </Group>
      {form?.about && <Text size="sm" c="dimmed" mb="sm">{form.about}</Text>}
      <dl className={styles.fields}>
        {fields.map(([field, value]) => (
          <div key={field.key}><dt>{field.title}</dt><dd>{value}</dd></div>
        ))}
      </dl>
      {own && (
        <>
          <Title order={3} fz="sm" mt="md" mb={4}>Numbers</Title>
          <dl className={`${styles.numbers} figures`}>
            {([["Here now", own.waiting], ["Passed", own.passed], ["Left here", own.left], ["Sent", own.sent], ["Opened", own.opened], ["Clicked", own.clicked]] as const)
              .filter(([, count], n) => n < 2 || count > 0)
              .map(([word, count]) => <div key={word}><dd>{count.toLocaleString("en")}</dd><dt>{word}</dt></div>)}
          </dl>
          <Here journey={journey.journey} step={id} workspace={workspace} waiting={own.waiting} />
        </>
      )}
    </Paper>
  );
}

function Here({ journey, step, workspace, waiting }: { journey: string; step: string; workspace: string; waiting: number }) {
  const now = useQuery(session).data;
  const shown = !!now && may(now, workspace, "people:read") && waiting > 0;
  const found = useInfiniteQuery({
    queryKey: ["at", workspace, journey, step, waiting],
    queryFn: ({ pageParam }) => data(api.GET("/api/journeys/{journey}/steps/{step}/people", { params: { path: { journey, step }, query: { limit: 20, after: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
    enabled: shown,
  });
  if (!shown) return null;
  return (
    <section aria-label="People here now">
      <Title order={3} fz="sm" mt="md" mb={4}>People here now</Title>
      {found.error ? <Failed error={found.error} /> : !found.data ? <Waiting rows={3} /> : (
        <ul className={styles.people}>
          {found.data.pages.flatMap((page) => page.people).map((who) => (
            <li key={who.person}>
              <Link to={`/${encodeURIComponent(workspace)}/people/${who.person}`}>{called(who)}</Link>
              <span className={styles.quiet}><Moment at={who.since} /></span>
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && <Button size="xs" variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>Show more</Button>}
    </section>
  );
}
