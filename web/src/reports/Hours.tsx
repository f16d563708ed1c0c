/** A journey hour by hour: whole or at one step, of all its versions or of one. */
import { Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { Card } from "../ui/Card";
import { Chart } from "../ui/Chart";
import { Failed } from "../ui/Page";
import { curvesOf, hoursTo } from "./hours";

const MANY = 48;

export function Hours({ workspace, journey, name, steps, versions, called }: { workspace: string; journey: string; name: string; steps: string[]; versions: number[]; called: (step: string) => string }) {
  const [step, setStep] = useState("");
  const [version, setVersion] = useState(0);
  const found = useQuery({
    queryKey: ["journey", workspace, journey, "hours", version],
    queryFn: async () => {
      const hours = hoursTo(Date.now(), MANY);
      const query = { hourly: true, version, since: `${hours[0]!.replace(" ", "T")}:00Z` };
      return { hours, counts: (await data(api.GET("/api/journeys/{journey}", { params: { path: { journey }, query } }))).hours ?? [] };
    },
    refetchInterval: 60_000, placeholderData: (before) => before,
  });
  /** What it is called, with its id where another is called the same. */
  const own = (id: string) => (steps.filter((each) => called(each) === called(id)).length > 1 ? `${called(id)} (${id})` : called(id));
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  if (!found.data) return null;
  const { drawn, also } = curvesOf(found.data.counts, found.data.hours, step);
  const what = [`${name} by hour`, step && own(step), version > 0 && `version ${version}`].filter(Boolean).join(", ");
  return (
    <Card title="By hour" about="The last two days. Hours are of UTC." action={
      <Group gap="xs" wrap="wrap">
        <Select size="xs" w={300} maw="100%" aria-label="Step" allowDeselect={false} value={step} onChange={(chosen) => setStep(chosen ?? "")} data={[{ value: "", label: "The whole journey" }, ...steps.map((each) => ({ value: each, label: own(each) }))]} />
        {versions.length > 1 && <Select size="xs" w={130} aria-label="Version" allowDeselect={false} value={version.toString()} onChange={(chosen) => setVersion(Number(chosen))} data={[{ value: "0", label: "All versions" }, ...versions.map((each) => ({ value: each.toString(), label: `Version ${each}` }))]} />}
      </Group>
    }>
      <Chart title={what} file={[journey, "hours", step, version ? `v${version}` : ""].filter(Boolean).join("-")} per="hour" days={found.data.hours} curves={drawn} also={also} />
    </Card>
  );
}
