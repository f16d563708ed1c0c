/** Every journey, with how many people are in it. */
import { Badge, Button, Group, Modal, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { ListPage } from "../ui/ListPage";
import { Empty } from "../ui/Page";
import { may, session } from "../session/session";
import { toldFault } from "../ui/told";
import { makeJourney } from "./make";
import { list } from "./room";
import { Status } from "./Status";

type Brief = Schemas["JourneyBrief"];

export function Journeys() {
  const { q = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const way = (journey: Brief) => `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey.journey)}`;
  const { data: now } = useQuery(session);
  const edits = !!now && may(now, workspace, "journeys:edit") && may(now, workspace, "content:edit");
  const [making, setMaking] = useState(false);
  const recipes = `/${encodeURIComponent(workspace)}/recipes`;
  const begin = <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New journey</Button>;
  return (
    <>
    <ListPage<Brief, null>
      title="Journeys"
      about="What people go through: what starts it, the steps, and who is where."
      actions={edits && begin}
      queryKey={["journeys", workspace, "list", q]}
      fetch={async () => {
        const { journeys } = await data(api.GET("/api/journeys"));
        const wanted = q.toLowerCase();
        return { rows: journeys.filter((each) => `${each.name} ${each.journey}`.toLowerCase().includes(wanted)), next: null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search journeys", onChange: (text) => void navigate({ to: ".", search: text ? { q: text } : {}, replace: true }) }}
      idOf={(journey) => journey.journey}
      onOpen={(journey) => void navigate({ to: way(journey) })}
      columns={[
        { accessor: "name", title: "Name", render: (journey) => <Link to={way(journey)} style={{ textDecoration: "none", fontWeight: 550 }}>{journey.name}</Link> },
        { accessor: "status", title: "Status", render: (journey) => <Group gap={6}><Status of={journey.status} />{journey.draft && journey.version > 0 && <Badge variant="light" tt="none" size="sm">changes in a draft</Badge>}</Group> },
        { accessor: "inside", title: "In it now", textAlign: "right", render: (journey) => <span className="figures">{journey.inside.toLocaleString("en")}</span> },
        { accessor: "entered", title: "Ever entered", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (journey) => <span className="figures">{journey.entered.toLocaleString("en")}</span> },
        { accessor: "version", title: "Version", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (journey) => <span className="figures">{journey.version || "–"}</span> },
      ]}
      empty={
        <Empty title="No journeys yet" action={edits && <Group gap="xs">{begin}<Button variant="default" component={Link} to={recipes}>From a recipe</Button></Group>}>
          A journey begins when something happens, such as an event, and leads people step by step. Draw one here, or write it as a file in the
          project&rsquo;s folder <b>journeys</b> and bring it into force with <b>tidings apply</b>: it is the same journey either way.
        </Empty>
      }
    />
    <New recipes={recipes} opened={making} onClose={() => setMaking(false)} onMade={(id) => void navigate({ to: `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(id)}`, search: { step: "trigger" } })} />
    </>
  );
}

function New({ recipes, opened, onClose, onMade }: { recipes: string; opened: boolean; onClose: () => void; onMade: (id: string) => void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const make = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    makeJourney(name.trim()).then(onMade, (error: Error) => { toldFault(error); setBusy(false); });
  };
  return (
    <Modal opened={opened} onClose={onClose} title="New journey">
      <form onSubmit={make}>
        <TextInput data-autofocus label="What is it called?" description="Its id is made of it and stays the same; the name can change." placeholder="Trial onboarding" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Group mt="md" gap="xs"><Button variant="subtle" component={Link} to={recipes} mr="auto">From a recipe</Button><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={busy} disabled={!name.trim()}>Begin</Button></Group>
      </form>
    </Modal>
  );
}
