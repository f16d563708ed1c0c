/** What the outside world answers in a rehearsal, for each step that asks it. */
import { Group, Paper, Select, Text, TextInput, Title } from "@mantine/core";
import type { Answer, Answers, Asking } from "./asking";
import type { Called } from "./words";

const LEFT: Answer = { how: "left", text: "" };

/** `left`: what happens at a step of which nothing is said. */
export function Outside({ steps, called, answers, change, left }: { steps: Asking[]; called: Called; answers: Answers; change: (answers: Answers) => void; left: string }) {
  if (!steps.length) return null;
  return (
    <Paper withBorder radius="md" p="sm" mt="sm" component="section" aria-label="What the outside world answers">
      <Title order={2} size="h5">What the outside world answers</Title>
      <Text size="xs" c="dimmed" mb="xs">A rehearsal calls nobody. Say what would come back; an answer is a word, JSON, or name: value.</Text>
      {steps.map(({ step }) => {
        const own = answers[step] ?? LEFT;
        const set = (more: Partial<Answer>) => change({ ...answers, [step]: { ...own, ...more } });
        return (
          <Group key={step} gap="xs" align="flex-end" mb={6}>
            <Select label={called(step)} w={240} allowDeselect={false} value={own.how} onChange={(how) => how && set({ how: how as Answer["how"] })}
              data={[{ value: "left", label: left }, { value: "answers", label: "Answers" }, { value: "fails", label: "Fails, because" }]} />
            {own.how !== "left" && (
              <TextInput flex={1} miw={180} aria-label={own.how === "answers" ? `What ${called(step)} is answered` : `Why ${called(step)} fails`} placeholder={own.how === "answers" ? "paid: true" : "the server does not answer"}
                value={own.text} onChange={(event) => set({ text: event.currentTarget.value })} />
            )}
          </Group>
        );
      })}
    </Paper>
  );
}
