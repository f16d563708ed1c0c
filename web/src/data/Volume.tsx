/** How often a derived event happened lately, from a sample: enough to see which are much used and which never match. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { streamed } from "../rules/matching";
import { says, type Line } from "./Occurrences";

export function Volume({ rule, event }: { rule: string; event: string }) {
  const found = useQuery({
    queryKey: ["derived", "volume", event, rule],
    queryFn: async ({ signal }) => {
      const answer = await api.POST("/api/derived-events/matching", { body: { rule, event, days: 30, whole: false }, parseAs: "stream", signal });
      let last: Line | null = null;
      for await (const line of streamed<Line>(answer.response.body!)) last = line;
      return last;
    },
    enabled: rule.trim() !== "",
    staleTime: 60_000,
    retry: false,
  });
  if (!rule.trim() || found.error) return <Text component="span" size="sm" c="dimmed">–</Text>;
  if (!found.data) return <Text component="span" size="sm" c="dimmed">counting</Text>;
  const { low, high, times, of, looked } = found.data;
  const count = low === high ? times : Math.round((times * of) / Math.max(looked, 1));
  return <span className="figures" title={says(found.data)}>{low === high ? "" : "about "}{count.toLocaleString("en")}</span>;
}
