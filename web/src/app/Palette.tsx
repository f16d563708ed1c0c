/**
 * The command palette: goes to a page or a part of one, to whatever has a name, or to a person by any identifier, and does what can be done from
 * anywhere: begins something new, pauses a journey, stops all sending. Loaded once the page is there; what there is by name is asked for each time
 * it is opened, so what was just made is found.
 */
import { useMantineColorScheme } from "@mantine/core";
import { Spotlight, useSpotlight, type SpotlightActionData, type SpotlightActionGroupData, type SpotlightFilterFunction } from "@mantine/spotlight";
import { IconFilter, IconHandStop, IconKeyboard, IconLayout, IconLogout, IconMail, IconMoon, IconPhoto, IconPlus, IconRoute, IconSearch, IconSparkles, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { api, data } from "../api/client";
import { called } from "../people/called";
import { may, session } from "../session/session";
import { sending } from "../ui/sending";
import { fitting } from "./fitting";
import { store, takeFirst } from "./find";
import type { Place } from "./rooms";
import { doable } from "./verbs";

const Stop = lazy(() => import("./Stopping").then((module) => ({ default: module.Stop })));

type Icon = typeof IconRoute;
type More = Partial<SpotlightActionData> & { search?: Record<string, unknown> };
const ASKS = "Go to a page, a journey, a person…, or do something";

export default function Palette({ workspace, mine, keys, signOut }: { workspace: string; mine: Place[]; keys: () => void; signOut: () => void }) {
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [stops, setStops] = useState(false);
  const { setColorScheme } = useMantineColorScheme();
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
  useEffect(takeFirst, [named.data, people.data]);
  const switches = sees("sending:stop") && sees("deliveries:read");
  const { data: sends } = useQuery({ ...sending(workspace), enabled: opened && switches });
  const home = `/${encodeURIComponent(workspace)}`;
  const action = (path: string, label: string, Icon: Place["icon"] | Icon, { search, ...more }: More = {}): SpotlightActionData =>
    ({ id: `${path} ${label}`, label, leftSection: <Icon size={17} stroke={1.7} />, onClick: () => void navigate({ to: `${home}${path}`, search: search as never }), ...more });
  const groups: SpotlightActionGroupData[] = [
    {
      group: "Pages",
      actions: mine.flatMap((place) => [
        action(place.path, place.label, place.icon, { keywords: place.keywords }),
        ...(typed ? place.parts ?? [] : []).filter(([, , permission]) => !permission || sees(permission)).map(([path, label, , keywords]) => action(`${place.path}/${path}`, label, place.icon, { description: place.label, keywords })),
      ]),
    },
    {
      group: "Do",
      actions: [
        ...mine.flatMap(({ deeds = [] }) => deeds).filter(({ permission }) => !permission || sees(permission)).map(({ path, label, ...more }) => action(path, label, IconPlus, more)),
        ...(switches && sends && !sends.stopped ? [action("", "Stop all sending…", IconHandStop, { onClick: () => setStops(true), keywords: "pause halt emergency" })] : []),
        ...(typed ? [
          action("", "Show the keys", IconKeyboard, { onClick: keys, keywords: "keyboard shortcuts help" }),
          action("", "Light colours", IconSun, { onClick: () => setColorScheme("light"), keywords: "theme mode day colors" }),
          action("", "Dark colours", IconMoon, { onClick: () => setColorScheme("dark"), keywords: "theme mode night colors" }),
          action("", "Sign out", IconLogout, { onClick: signOut, keywords: "log out leave" }),
        ] : []),
      ],
    },
  ];
  const found = typed ? named.data : undefined;
  if (found) {
    groups.push(
      { group: "Do", actions: doable(query, found.journeys, sees).map(({ path, label, search }) => action(path, label, IconRoute, { search, keywords: query })) },
      { group: "Journeys", actions: found.journeys.map((each) => action(`/journeys/${encodeURIComponent(each.journey)}`, each.name, IconRoute, { keywords: each.journey })) },
      { group: "Segments", actions: found.segments.map((each) => action(`/segments/${encodeURIComponent(each.name)}`, each.title, IconFilter, { keywords: each.name })) },
      { group: "Messages", actions: found.messages.filter(({ kind }) => kind === "template").map((each) => action(`/content/template/${encodeURIComponent(each.name)}`, each.name, IconMail, { description: each.subject || undefined })) },
      { group: "Layouts and snippets", actions: found.messages.filter(({ kind }) => kind === "layout" || kind === "snippet").map((each) => action(`/content/${each.kind}/${encodeURIComponent(each.name)}`, each.name, IconLayout, { keywords: each.kind })) },
      { group: "Assets", actions: found.pictures.map((name) => action("/content/assets", name, IconPhoto, { search: { open: name }, keywords: "picture image" })) },
      { group: "Derived events", actions: found.events.map((each) => action(`/data/derived/${encodeURIComponent(each.event)}`, each.name, IconSparkles, { keywords: each.event })) },
    );
  }
  if (typed && people.data?.people.length) {
    groups.push({ group: "People", actions: people.data.people.map((person) => action(`/people/${person.person}`, called(person), IconUser, { description: person.email ?? person.id ?? undefined, keywords: query })) });
  }
  return (
    <>
      <Spotlight store={store} actions={groups} query={query} onQueryChange={setQuery} shortcut={null} overlayProps={{ backgroundOpacity: 0.4, blur: 0 }} highlightQuery={false} limit={18} scrollable maxHeight={440}
        filter={fitting as SpotlightFilterFunction}
        nothingFound={typed && (named.isFetching || people.isFetching) ? "Looking…" : "Nothing is called that. Try a page, a journey, a segment, a message, an email or id of a person, or what you want to do."}
        searchProps={{ leftSection: <IconSearch size={18} />, placeholder: ASKS, "aria-label": ASKS }} />
      {stops && <Suspense><Stop workspace={workspace} onClose={() => setStops(false)} /></Suspense>}
    </>
  );
}

/** What has a name; what somebody may not see is left out. */
async function everything() {
  const none = () => null;
  const [journeys, names, content, assets, derived] = await Promise.all([
    data(api.GET("/api/journeys")).catch(none), data(api.GET("/api/names")).catch(none), data(api.GET("/api/content")).catch(none),
    data(api.GET("/api/assets")).catch(none), data(api.GET("/api/derived-events")).catch(none),
  ]);
  return {
    journeys: journeys?.journeys ?? [],
    segments: names?.segments ?? [],
    messages: content?.pieces ?? [],
    pictures: (assets?.assets ?? []).map((each) => each.name),
    events: derived?.events ?? [],
  };
}
