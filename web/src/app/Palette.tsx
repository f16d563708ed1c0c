/** The command palette: goes to a page, or finds a person. Loaded once the page is there. */
import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../api/client";
import type { places } from "./rooms";

export default function Palette({ workspace, mine }: { workspace: string; mine: typeof places }) {
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const people = useQuery({
    queryKey: ["palette", workspace, query],
    queryFn: () => data(api.GET("/api/people", { params: { query: { q: query, limit: 5 } } })),
    enabled: query.trim().length > 1,
    staleTime: 30_000,
  });
  const actions: SpotlightActionData[] = mine.map((place) => ({
    id: place.path,
    label: place.label,
    keywords: place.keywords,
    leftSection: <place.icon size={17} stroke={1.7} />,
    onClick: () => void navigate({ to: `/$workspace${place.path}` as "/$workspace", params: { workspace } }),
  }));
  for (const person of (query.trim().length > 1 && people.data?.people) || []) {
    actions.push({
      id: person.person,
      label: person.name ?? person.email ?? person.id ?? "Anonymous",
      description: person.email ?? person.id ?? undefined,
      keywords: [query],
      onClick: () => void navigate({ to: `/${encodeURIComponent(workspace)}/people/${person.person}` }),
    });
  }
  return (
    <Spotlight actions={actions} query={query} onQueryChange={setQuery} shortcut={["mod + K"]} highlightQuery={false} limit={12}
      nothingFound="Nothing is called that. Try a page, or an email or id of a person."
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: "Go to a page, or find a person", "aria-label": "Go to a page, or find a person" }} />
  );
}
