/** Finds a step by what it is, does or is called, and goes to it. */
import { Select } from "@mantine/core";
import { useState } from "react";
import { every, type Forms, type Journey, type Step } from "./document";
import { withSteps } from "./steps";
import { saysStep } from "./words";

export function Find({ journey, forms, choose }: { journey: Journey; forms: Forms; choose: (step: string) => void }) {
  const [find, setFind] = useState<string | null>(null);
  return (
    <Select w={{ base: 150, xs: 190 }} searchable placeholder="Find a step" aria-label="Find a step" value={find} nothingFoundMessage="No step is called that"
      data={told(every(journey, forms).map(({ step }) => step), withSteps(journey, forms))} onChange={(id) => { if (id) choose(id); setFind(null); }} />
  );
}

/** Each by what it is called; those called alike are counted. */
function told(steps: Step[], forms: Forms): { value: string; label: string }[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const { title, line } = saysStep(step, forms);
    const label = line ? `${title}: ${line}` : title, times = (seen.get(label) ?? 0) + 1;
    seen.set(label, times);
    return { value: step.id, label: times > 1 ? `${label} (${times})` : label };
  });
}
