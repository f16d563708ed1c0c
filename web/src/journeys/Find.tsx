/** Finds a step by what it is, does or is called, and goes to it. */
import { Select } from "@mantine/core";
import { useState } from "react";
import { every, type Forms, type Journey, type Step } from "./document";
import { saysStep } from "./words";

export function Find({ journey, forms, choose }: { journey: Journey; forms: Forms; choose: (step: string) => void }) {
  const [find, setFind] = useState<string | null>(null);
  return (
    <Select size="xs" w={190} searchable placeholder="Find a step" aria-label="Find a step" value={find} nothingFoundMessage="No step is called that"
      data={every(journey, forms).map(({ step }) => ({ value: step.id, label: label(step, forms) }))} onChange={(id) => { if (id) choose(id); setFind(null); }} />
  );
}

const label = (step: Step, forms: Forms) => { const said = saysStep(step, forms); return `${said.title}${said.line ? `: ${said.line}` : ""} (${step.id})`; };
