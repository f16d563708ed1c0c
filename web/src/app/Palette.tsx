/**
 * The command palette: goes to a page or a part of one, to a journey, segment, message or derived event by its name, or to a person by any
 * identifier. Loaded once the page is there; what there is by name is asked for each time it is opened, so what was just made is found.
 */
import { Spotlight, useSpotlight, type SpotlightActionData, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconFilter, IconMail, IconRoute, IconSearch, IconSparkles, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../api/client";
import { called } from "../people/called";
import { may, session } from "../session/session";
import { store } from "./find";
import type { Place } from "./rooms";

type Icon = typeof IconRoute;

export default function Palette({ workspace, mine }: { workspace: string; mine: Place[] }) {
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const { opened } = useSpotlight(store);
  const { data: now } = useQuery(session);
  const sees = (permission: string) => !!now && may(now, workspace, permission);
  const typed = query.trim().length > 1;
  const seesPeople = sees("people:read");
  const named = useQuery({ queryKey: ["palette", workspace], queryFn: everything, enabled: opened, staleTime: 0 });
  const people = useQuery({
    queryKey: ["palette", workspace, query],
    queryFn: () => data(api.GET("/api/people", { params: { query: { q: query, limit: 5 } } })),
    enabled: opened && typed && seesPeople,
    staleTime: 0,
  });
  const home = `/${encodeURIComponent(workspace)}`;
  const action = (path: string, label: string, Icon: Place["icon"] | Icon, more: Partial<SpotlightActionData> = {}): SpotlightActionData =>
    ({ id: path, label, leftSection: <Icon size={17} stroke={1.7} />, onClick: () => void navigate({ to: `${home}${path}` }), ...more });
  const groups: SpotlightActionGroupData[] = [{
    group: "Pages",
    actions: mine.flatMap((place) => [
      action(place.path, place.label, place.icon, { keywords: place.keywords }),
      ...(typed ? place.parts ?? [] : []).filter(([, , permission]) => !permission || sees(permission)).map(([path, label]) => action(`${place.path}/${path}`, label, place.icon, { description: place.label })),
    ]),
  }];
  const found = typed ? named.data : undefined;
  if (found) {
    groups.push(
      { group: "Journeys", actions: found.journeys.map((each) => action(`/journeys/${encodeURIComponent(each.id)}`, each.name, IconRoute, { keywords: [each.id] })) },
      { group: "Segments", actions: found.segments.map((each) => action(`/segments/${encodeURIComponent(each.id)}`, each.name, IconFilter, { keywords: [each.id] })) },
      { group: "Messages", actions: found.messages.map((each) => action(`/content/template/${encodeURIComponent(each.id)}`, each.id, IconMail, { description: each.name || undefined })) },
      { group: "Derived events", actions: found.events.map((each) => action(`/data/derived/${encodeURIComponent(each.id)}`, each.name, IconSparkles, { keywords: [each.id] })) },
    );
  }
  if (typed && people.data?.people.length) {
    groups.push({ group: "People", actions: people.data.people.map((person) => action(`/people/${person.person}`, called(person), IconUser, { description: person.email ?? person.id ?? undefined, keywords: [query] })) });
  }
  return (
    <Spotlight store={store} actions={groups} query={query} onQueryChange={setQuery} shortcut={null} overlayProps={{ backgroundOpacity: 0.4, blur: 0 }} highlightQuery={false} limit={14} scrollable maxHeight={440}
      nothingFound={typed && (named.isFetching || people.isFetching) ? "Looking…" : "Nothing is called that. Try a page, a journey, a segment, a message, or an email or id of a person."}
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: "Go to a page, a journey, a segment, a message or a person", "aria-label": "Go to a page, a journey, a segment, a message or a person" }} />
  );
}

/** What has a name; what somebody may not see is left out. */
async function everything() {
  const none = () => null;
  const [journeys, names, derived] = await Promise.all([
    data(api.GET("/api/journeys")).catch(none), data(api.GET("/api/names")).catch(none), data(api.GET("/api/derived-events")).catch(none),
  ]);
  return {
    journeys: (journeys?.journeys ?? []).map((each) => ({ id: each.journey, name: each.name })),
    segments: (names?.segments ?? []).map((each) => ({ id: each.name, name: each.title })),
    messages: (names?.templates ?? []).map((each) => ({ id: each.name, name: each.subject })),
    events: (derived?.events ?? []).map((each) => ({ id: each.event, name: each.name })),
  };
}
