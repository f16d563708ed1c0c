/** How a message reads for somebody: with what happened to them, on a phone, in the dark, as text; on a page that may do nothing. */
import { ActionIcon, Alert, Anchor, Button, Code, Group, SegmentedControl, Select, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDeviceDesktop, IconDeviceMobile, IconMailForward } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, data } from "../api/client";
import { saysFlaw } from "../api/quoted";
import { called } from "../people/called";
import { clears } from "../ui/clears";
import { ago } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { variables } from "./piece";

/** Whom and what a preview is made with. */
export interface With { person: string; event: string; locale: string }
interface Props { workspace: string; template: string; piece?: string; stamp: string; chosen: With; onChoose: (chosen: With) => void; tests: boolean; onProblem?: (line: number) => void }

export function Preview({ workspace, template, piece = "", stamp, chosen, onChoose, tests, onProblem }: Props) {
  const [phone, setPhone] = useState(false);
  const [dark, setDark] = useState(false);
  const [images, setImages] = useState(false);
  const [part, setPart] = useState("html");
  const query = { ...chosen, piece };
  const found = useQuery({
    queryKey: ["preview", workspace, template, query, stamp],
    queryFn: () => data(api.GET("/api/previews/{template}", { params: { path: { template }, query } })),
    placeholderData: (before) => before,
    retry: false,
  });
  const said = found.data;
  const { data: known } = useQuery(variables(workspace));
  const after = Object.entries(known?.events ?? {}).filter(([, read]) => read.some((each) => each.path === said?.fault?.name || said?.fault?.name.startsWith(`${each.path}.`))).map(([event]) => event).slice(0, 3);
  // a message that tells of an event is read after one that has what it tells; whoever then wants none, has none
  const [own, setOwn] = useState(false);
  const sample = !own && !chosen.event && after[0];
  useEffect(() => { if (sample) onChoose({ ...chosen, event: `sample:${sample}` }); }, [sample, chosen, onChoose]);
  const ofBrand = said?.fault?.name.startsWith("brand.") ? said.fault.name.slice(6) : "";
  const address = new URLSearchParams({ workspace, ...query, images: String(images), dark: String(dark), at: stamp });
  const page = `/api/previews/${encodeURIComponent(template)}/page?${address}`;
  return (
    <Stack gap="sm" component="section" aria-label="Preview">
      <Whom workspace={workspace} chosen={chosen} onChoose={(next) => { setOwn(next.event === "" && chosen.event !== ""); onChoose(next); }} />
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {!said && !found.error && <Waiting rows={4} />}
      {said?.fault && (
        <Alert variant="light" color="orange" title={ofBrand ? `Your brand has no ${ofBrand} yet` : said.fault.name ? `${said.fault.name} is missing for ${said.person}` : "It can't be made"} role="status">
          <Text size="sm">{ofBrand ? <>Without it, the message can&rsquo;t be made. <Anchor component={Link} to={`/${encodeURIComponent(workspace)}/settings/brand`} fz="sm" c="inherit" td="underline">Give your brand one</Anchor>, or put something else in its place.</> : <>{said.fault.name ? `Sent to somebody without it, the message would fail${said.fault.hint && `: ${said.fault.hint}`}` : saysFlaw(said.fault)}</>}</Text>
          {after.length > 0 && !chosen.event && <Group gap={6} mt={6}>{after.map((event) => <Button key={event} size="compact-xs" variant="default" onClick={() => onChoose({ ...chosen, event: `sample:${event}` })}>Read it after {event}</Button>)}</Group>}
          {said.fault.line > 0 && <Text size="xs" c="dimmed">{said.fault.file || "Line"} {said.fault.line}</Text>}
          {said.fault.line > 0 && !said.fault.file && onProblem && <Button size="compact-xs" variant="default" mt={6} onClick={() => onProblem(said.fault!.line)}>Go to the line</Button>}
        </Alert>
      )}
      {said && !said.fault && chosen.locale && !said.variables.some((path) => path === "customer.locale" || path === "customer.language") && (
        <Text size="xs" c="dimmed" role="status">It reads the same everywhere: nothing in it asks for customer.language or customer.locale.</Text>
      )}
      {said && !said.fault && (
        <>
          {said.channel === "email" && (
            <div>
              <Text size="sm" fw={650} style={{ overflowWrap: "anywhere" }}>{said.subject || "(no subject)"}</Text>
              <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{said.sender || "No sender"}{said.preheader && ` · ${said.preheader}`}</Text>
            </div>
          )}
          {said.title && <Text size="sm" fw={650}>{said.title}</Text>}
          {said.html && (
            <Group gap="xs" justify="space-between">
              <SegmentedControl size="xs" aria-label="Part" data={[{ value: "html", label: "HTML" }, { value: "text", label: "Text" }]} value={part} onChange={setPart} />
              {part === "html" && (
                <Group gap="sm">
                  <Group gap={2} role="group" aria-label="Device">
                    <Tooltip label="Wide"><ActionIcon variant={phone ? "subtle" : "light"} aria-label="Wide" aria-pressed={!phone} onClick={() => setPhone(false)}><IconDeviceDesktop size={17} /></ActionIcon></Tooltip>
                    <Tooltip label="Phone"><ActionIcon variant={phone ? "light" : "subtle"} aria-label="Phone" aria-pressed={phone} onClick={() => setPhone(true)}><IconDeviceMobile size={17} /></ActionIcon></Tooltip>
                  </Group>
                  <Switch size="xs" label="Dark" checked={dark} onChange={(event) => setDark(event.currentTarget.checked)} />
                  <Switch size="xs" label="Images" checked={images} onChange={(event) => setImages(event.currentTarget.checked)} />
                </Group>
              )}
            </Group>
          )}
          {said.html && part === "html" ? <Frame page={page} phone={phone} dark={dark} />
            : <Code block style={{ whiteSpace: "pre-wrap", maxHeight: 560, overflow: "auto" }} tabIndex={0} aria-label="Text part">{said.text}</Code>}
          <Group justify="space-between" gap="xs">
            <Text size="xs" c="dimmed">
              {said.html && `${said.kilobytes} KB`}{said.length}{said.kilobytes > 102 && ": longer than Gmail shows at once (102 KB)"}{said.links.length > 0 && ` · ${said.links.length} ${said.links.length === 1 ? "link" : "links"}`}
            </Text>
            {tests && said.channel === "email" && <Test template={template} chosen={chosen} />}
          </Group>
        </>
      )}
    </Stack>
  );
}

/** The page as it is, until the next one has come: a preview that is made again does not flash. */
export function Frame({ page, phone, dark, title = "The message", height = 600 }: { page: string; phone: boolean; dark: boolean; title?: string; height?: number }) {
  const [shown, setShown] = useState(page);
  const [pages, setPages] = useState([page]);
  useEffect(() => setPages((now) => (now.at(-1) === page ? now : [...now.slice(-1), page])), [page]);
  return (
    <div style={{ position: "relative", height, border: "1px solid var(--line)", borderRadius: 8, overflow: "hidden", background: dark ? "#111" : "#fff", display: "flex", justifyContent: "center" }}>
      {pages.map((each) => (
        <iframe key={each} title={each === page ? title : `${title} before`} src={each} referrerPolicy="no-referrer" sandbox="allow-popups allow-popups-to-escape-sandbox"
          aria-hidden={each !== shown || undefined} tabIndex={each === shown ? 0 : -1} onLoad={() => { if (each === page) { setShown(each); setPages([each]); } }}
          style={{ position: each === shown ? "relative" : "absolute", visibility: each === shown ? "visible" : "hidden", width: phone ? 375 : "100%", height: "100%", border: 0, colorScheme: "light" }} />
      ))}
    </div>
  );
}

const NAMES = new Intl.DisplayNames("en", { type: "language" });
const LOCALES = ["en-US", "en-GB", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-CA", "es-ES", "es-MX", "it-IT", "pt-BR", "pt-PT", "nl-NL", "pl-PL", "cs-CZ", "da-DK", "sv-SE", "nb-NO", "fi-FI", "el-GR", "tr-TR", "ru-RU", "uk-UA", "ar-EG", "he-IL", "hi-IN", "ja-JP", "ko-KR", "zh-CN", "zh-TW"].map((value) => ({ value, label: `${NAMES.of(value) ?? value} (${value})` }));

export function Whom({ workspace, chosen, onChoose }: { workspace: string; chosen: With; onChoose: (chosen: With) => void }) {
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed, 200);
  const people = useQuery({
    queryKey: ["preview", workspace, "people", q],
    queryFn: () => data(api.GET("/api/people", { params: { query: { q, limit: 8 } } })),
    placeholderData: (before) => before,
  });
  const events = useQuery({
    queryKey: ["preview", workspace, "events", chosen.person],
    queryFn: () => data(api.GET("/api/previews/events", { params: { query: { person: chosen.person } } })),
    enabled: chosen.person !== "",
  });
  const { data: known } = useQuery(variables(workspace));
  const [name, setName] = useState("");
  const found = (people.data?.people ?? []).map((each) => ({ value: each.person, label: called(each) }));
  const at = new Map((people.data?.people ?? []).map((each) => [each.person, each.email ?? each.id ?? ""]));
  if (chosen.person && !found.some((each) => each.value === chosen.person)) found.unshift({ value: chosen.person, label: name || chosen.person });
  const happened = (events.data?.events ?? []).map((each) => ({ value: each.event, label: `${each.name}, ${ago(each.at)}` }));
  const samples = Object.keys(known?.events ?? {}).map((event) => ({ value: `sample:${event}`, label: `${event}, an example` }));
  return (
    <Group gap="xs" align="flex-end">
      <Select flex="1 1 140px" size="xs" label="Reads as for" placeholder="An example person" searchable clearable clearButtonProps={clears("An example person")} data={found} value={chosen.person || null}
        filter={({ options }) => options} searchValue={typed} onSearchChange={setTyped} nothingFoundMessage={people.isFetching ? "Looking…" : "Nobody is called that"} comboboxProps={{ width: 260, position: "bottom-start" }}
        renderOption={({ option }) => <div style={{ minWidth: 0 }}><Text size="sm">{option.label}</Text>{at.get(option.value) !== option.label && <Text size="xs" c="dimmed" truncate>{at.get(option.value)}</Text>}</div>}
        onChange={(person, option) => { setName(option?.label ?? ""); onChoose({ ...chosen, person: person ?? "", event: chosen.event.startsWith("sample:") ? chosen.event : "" }); }} />
      <Select flex="1 1 140px" size="xs" label="After this event" placeholder="No event" clearable clearButtonProps={clears("No event")} value={chosen.event || null}
        data={[...(happened.length ? [{ group: "What happened to them", items: happened }] : []), ...(samples.length ? [{ group: "Made up", items: samples }] : [])]}
        onChange={(event) => onChoose({ ...chosen, event: event ?? "" })} nothingFoundMessage="No events were seen yet" />
      <Select flex="1 1 140px" size="xs" label="Language and place" placeholder="Their own" searchable clearable clearButtonProps={clears("Their own")} value={chosen.locale || null} data={LOCALES} nothingFoundMessage="None is called that"
        onChange={(locale) => onChoose({ ...chosen, locale: locale ?? "" })} />
    </Group>
  );
}

function Test({ template, chosen }: { template: string; chosen: With }) {
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      const sent = await data(api.POST("/api/previews/{template}/test", { params: { path: { template } }, body: chosen }));
      told(`Sent to ${sent.to}`);
    } catch (error) {
      toldFault(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return <Button size="xs" variant="default" leftSection={<IconMailForward size={15} />} loading={busy} onClick={() => void send()}>Send me a test</Button>;
}
