/** Derived events: names for what some events have in common, with what each is made of and what uses it. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Filters } from "../labels/Filters";
import { isNarrowed, useLabels, type Labelled } from "../labels/labels";
import { Marks } from "../labels/Marks";
import { Nothing } from "../labels/Nothing";
import { RowMenu } from "../labels/RowMenu";
import { Star } from "../labels/Star";
import { draftOf, idOf, write } from "../segments/draft";
import { may, session } from "../session/session";
import { Dialog } from "../ui/Dialog";
import { Draft } from "../ui/Draft";
import { ListPage } from "../ui/ListPage";
import { Empty } from "../ui/Page";
import { Rule } from "../ui/Rule";
import { derived } from "./room";
import { Volume } from "./Volume";

type Row = Schemas["DerivedEvent"] & { draft: boolean; live: boolean };

const WORTH = { name: (each: Row) => each.name, used_by: (each: Row) => each.used_by.length };

export function DerivedEvents() {
  const { q = "", ...by } = derived.useSearch();
  const { workspace } = derived.useParams();
  const navigate = useNavigate();
  const now = useQuery(session).data;
  const [making, setMaking] = useState(false);
  const [copying, setCopying] = useState<Row | null>(null);
  const known = useLabels(workspace, ["event"]);
  const names = useNames(workspace);
  const narrow = (more: Labelled & { q?: string }) => void navigate({ to: ".", search: { q: q || undefined, ...by, ...more }, replace: true });
  const home = `/${encodeURIComponent(workspace)}/data/derived`;
  const makes = !!now && may(now, workspace, "segments:edit");
  const begin = <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New derived event</Button>;
  return (
    <>
      {making && <NewDerived close={() => setMaking(false)} home={home} />}
      {copying && <NewDerived of={copying} close={() => setCopying(null)} home={home} />}
      <ListPage<Row, never>
        actions={makes && begin}
        title="Derived events"
        about="Give a name to what your product already sends, and use it like any event: in segments, triggers, waits and goals. Its past counts; journeys start only from what happens next."
        queryKey={["derived", workspace, q, by, known.version]}
        fetch={async () => {
          const wanted = q.toLowerCase();
          return { rows: (await everything()).filter((each) => `${each.name} ${each.event} ${each.rule}`.toLowerCase().includes(wanted) && known.fits(known.of("event", each.event), by)), next: null };
        }}
        search={{ value: q, placeholder: "Search by name or rule", onChange: (text) => narrow({ q: text || undefined }) }}
        filters={<Filters by={by} folders={known.folders} tags={known.tags} narrow={narrow} />}
        sorts={{ by: by.sort, worth: WORTH, onChange: (sort) => narrow({ sort }) }}
        idOf={(each) => each.event}
        onOpen={(each) => void navigate({ to: `${home}/${each.event}` })}
        columns={[
          { accessor: "star", title: "", width: 40, render: (each) => <Star of={known.of("event", each.event)} title={each.name} /> },
          {
            accessor: "name", title: "Name",
            render: (each) => <Group gap={6}><Link to={`${home}/${each.event}`} style={{ textDecoration: "none", fontWeight: 550 }}>{each.name}</Link>{each.draft && <Draft live={each.live} />}<Marks of={known.of("event", each.event)} /></Group>,
          },
          { accessor: "rule", title: "Made of", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.rule ? <Rule of={each.rule} /> : <Text size="sm" c="dimmed">–</Text> },
          { accessor: "times", title: "Last 30 days", visibleMediaQuery: "(min-width: 48em)", render: (each) => <Volume rule={each.rule} event={each.event} /> },
          { accessor: "used_by", title: "Used by", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.used_by.map(names.of).join(", ") || <Text component="span" size="sm" c="dimmed">–</Text> },
          ...(makes ? [{ accessor: "more", title: "", width: 44, render: (each: Row) => <RowMenu of={known.of("event", each.event)} title={each.name} folders={known.folders} tags={known.tags} copy={() => setCopying(each)} /> }] : []),
        ]}
        empty={isNarrowed(by) || known.away ? <Nothing by={by} /> : <Empty title="No derived events yet">Your product sends “page Pricing” and “Plan Compared”; you think of “Viewed pricing”. Name it here once, see at once how often it happened, and use it everywhere.</Empty>}
      />
    </>
  );
}

/** What is in force, and drafts of what is not yet. */
async function everything(): Promise<Row[]> {
  const [found, drafts] = await Promise.all([data(api.GET("/api/derived-events")), data(api.GET("/api/drafts"))]);
  const begun = new Map(drafts.drafts.filter((each) => each.kind === "event").map((each) => [each.name, each.body]));
  const live = found.events.map((each) => ({ ...each, draft: begun.delete(each.event), live: true }));
  const fresh = [...begun].map(([event, body]) => ({ event, name: typeof body.name === "string" ? body.name : event, formerly: [], note: "", rule: String(body.rule ?? ""), used_by: [], over: 0, draft: true, live: false }));
  return [...fresh, ...live];
}

/** `of`: what it begins as a copy of. */
function NewDerived({ close, home, of }: { close: () => void; home: string; of?: Row }) {
  const [name, setName] = useState(of ? `${of.name} (copy)` : "");
  const [fault, setFault] = useState("");
  const navigate = useNavigate();
  const id = idOf(name);
  const begin = async (event: FormEvent) => {
    event.preventDefault();
    if (!id) return setFault("Give it a name with a letter or a digit in it.");
    if ((await everything()).some((each) => each.event === id)) return setFault(`There is a derived event “${id}” already. Choose another name.`);
    try {
      const rule = of ? String((await draftOf(of.event, "event")).body?.rule ?? of.rule) : "";
      await write(id, { event: id, name: name.trim(), rule }, "", "event");
      close();
      void navigate({ to: `${home}/${id}` });
    } catch (error) {
      setFault(error instanceof Refused ? error.says : String(error));
    }
  };
  return (
    <Dialog onClose={close} title={of ? "Duplicate the derived event" : "New derived event"} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void begin(event)}>
        <Stack gap="md">
          <TextInput label="Name" data-autofocus placeholder="Viewed pricing" description="What somebody did, as you would say it." value={name} error={fault} onChange={(event) => { setName(event.currentTarget.value); setFault(""); }} />
          <Group justify="flex-end" gap="xs">
            <Text size="xs" c="dimmed" flex={1}>It begins as a draft and reaches nobody until it is published.</Text>
            <Button variant="default" onClick={close}>Cancel</Button>
            <Button type="submit" disabled={!name.trim()}>{of ? "Duplicate" : "Create"}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
