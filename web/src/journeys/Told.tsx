/** A journey told in words, for who only reads it: what starts it, whom it is for, and every step as a line, with a drawing beside it. */
import { SimpleGrid, Stack, Text } from "@mantine/core";
import { Sketch } from "../recipes/Sketch";
import { kindOf, triggerOf, waysOf, type Forms, type Journey, type Path, type Step } from "./document";
import styles from "./Edit.module.css";
import { withSteps } from "./steps";
import { filled, saysArm, saysStep, saysTrigger, type Pair } from "./words";

export function Told({ journey, forms: given }: { journey: Journey; forms: Forms }) {
  const forms = withSteps(journey, given);
  const start = saysTrigger(journey, forms);
  const kind = triggerOf(journey, forms);
  const more = [...besides(filled(forms.triggers[kind]?.fields ?? [], journey.trigger, forms.names), kind), ...besides(filled(forms.journey.fields ?? [], journey as unknown as Record<string, unknown>, forms.names), "journey", "name", "trigger")];
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Stack gap="xs">
        <div><Text size="sm"><b>{start.title}</b> {start.line}</Text><More pairs={more} /></div>
        <Steps steps={journey.steps} list={["steps"]} forms={forms} />
      </Stack>
      <div role="img" aria-label={`The path of ${journey.name ?? journey.journey}`}><Sketch journey={journey} forms={forms} words /></div>
    </SimpleGrid>
  );
}

function Steps({ steps, list, forms }: { steps: Step[]; list: Path; forms: Forms }) {
  if (!steps.length) return <Text size="sm" c="dimmed">Goes on at once.</Text>;
  return (
    <ol className={styles.words}>
      {steps.map((step, index) => {
        const kind = kindOf(step, forms);
        const said = saysStep(step, forms);
        const fields = [...(forms.steps[kind]?.fields ?? []), ...forms.common];
        return (
          <li key={step.id}>
            <Text size="sm"><b>{said.title}</b> {said.line}</Text>
            <More pairs={besides(filled(fields, step, forms.names), kind, "id", "name")} />
            {waysOf(step, [...list, index], forms).map((arm, n) => (
              <div key={n}>
                <Text size="sm" c="dimmed" mt={4}>{saysArm(arm)}{arm.list && ":"}</Text>
                {arm.list && <Steps steps={arm.steps} list={arm.list} forms={forms} />}
              </div>
            ))}
          </li>
        );
      })}
    </ol>
  );
}

function More({ pairs }: { pairs: Pair[] }) {
  return pairs.map(([field, value]) => <Text key={field.key} size="xs" c="dimmed">{field.title}: {value}</Text>);
}

function besides(pairs: Pair[], ...keys: string[]): Pair[] {
  return pairs.filter(([field]) => !keys.includes(field.key));
}
