/** One journey: the canvas with live numbers, the same as a list in words, and a panel about the step that is chosen. */
import { Anchor, Button, Group, Paper, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { api, data } from "../api/client";
import { Failed, PageHead, Waiting } from "../ui/Page";
import styles from "./Canvas.module.css";
import type { Forms, Journey } from "./document";
import { Outline } from "./Outline";
import { Panel } from "./Panel";
import { one } from "./room";
import { Status } from "./Status";

const Canvas = lazy(() => import("./Canvas"));

export function JourneyPage() {
  const { workspace, journey: id } = one.useParams();
  const { step, as } = one.useSearch();
  const navigate = useNavigate();
  const narrow = useMediaQuery("(max-width: 767px)");
  const found = useQuery({
    queryKey: ["journey", workspace, id],
    queryFn: () => data(api.GET("/api/journeys/{journey}", { params: { path: { journey: id } } })),
    refetchInterval: 5000,
  });
  const asked = useQuery({
    queryKey: ["forms", workspace],
    queryFn: async () => (await data(api.GET("/api/forms"))) as unknown as Forms,
    staleTime: Infinity,
  });
  const choose = useCallback(
    (chosen: string | undefined) => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, step: chosen }), replace: true }),
    [navigate],
  );
  const counts = useMemo(() => new Map(found.data?.steps.map((each) => [each.step, each])), [found.data?.steps]);
  const error = found.error ?? asked.error;
  if (error) return <Failed error={error} again={() => { void found.refetch(); void asked.refetch(); }} />;
  if (!found.data || !asked.data) return <Waiting />;
  const page = found.data;
  const journey = page.document as unknown as Journey;
  const drawn = as !== "list" && !narrow;
  const shown = { journey, forms: asked.data, counts, entered: page.entered, done: page.done, chosen: step, choose };
  return (
    <>
      <Text size="sm" mb={4}><Anchor component={Link} to={`/${encodeURIComponent(workspace)}/journeys`} c="dimmed">Journeys</Anchor></Text>
      <PageHead title={page.name} about={<span className="figures">Version {page.version}. {says(page.inside)} in it now, {page.entered.toLocaleString("en")} ever entered, {page.done.toLocaleString("en")} went through to the end{page.converted > 0 && `, ${page.converted.toLocaleString("en")} reached the goal`}.</span>}>
        <Group gap="xs">
          <Status of={page.status} />
          <Button size="xs" variant="default" component={Link} to={`/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}/rehearse`}>Rehearse</Button>
          {!narrow && (
            <SegmentedControl size="xs" aria-label="Show the journey as" value={drawn ? "canvas" : "list"} data={[{ value: "canvas", label: "Canvas" }, { value: "list", label: "List" }]}
              onChange={(value) => void navigate({ to: ".", search: { step, ...(value === "list" && { as: "list" as const }) }, replace: true })} />
          )}
        </Group>
      </PageHead>
      <div className={styles.room} data-open={step ? true : undefined}>
        <Paper withBorder radius="md" className={drawn ? styles.canvas : styles.list} component="section" aria-label={drawn ? "Canvas" : "Steps"}>
          {drawn ? <Suspense fallback={<Waiting />}><Canvas {...shown} /></Suspense> : <Outline {...shown} />}
        </Paper>
        {step && <Panel key={step} {...shown} workspace={workspace} step={step} close={() => { choose(undefined); document.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`)?.focus(); }} />}
      </div>
    </>
  );
}

function says(people: number): string {
  return people === 1 ? "1 person" : `${people.toLocaleString("en")} people`;
}
