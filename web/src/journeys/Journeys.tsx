/** Every journey, with how many people are in it. */
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { ListPage } from "../ui/ListPage";
import { Empty } from "../ui/Page";
import { list } from "./room";
import { Status } from "./Status";

type Brief = Schemas["JourneyBrief"];

export function Journeys() {
  const { q = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const way = (journey: Brief) => `/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey.journey)}`;
  return (
    <ListPage<Brief, null>
      title="Journeys"
      about="What people go through: what starts it, the steps, and who is where."
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
        { accessor: "status", title: "Status", render: (journey) => <Status of={journey.status} /> },
        { accessor: "inside", title: "In it now", textAlign: "right", render: (journey) => <span className="figures">{journey.inside.toLocaleString("en")}</span> },
        { accessor: "entered", title: "Ever entered", textAlign: "right", visibleMediaQuery: "(min-width: 48em)", render: (journey) => <span className="figures">{journey.entered.toLocaleString("en")}</span> },
        { accessor: "version", title: "Version", textAlign: "right", visibleMediaQuery: "(min-width: 48em)" },
      ]}
      empty={
        <Empty title="No journeys yet">
          A journey begins when something happens, such as an event, and leads people step by step. Write one as a file in the project&rsquo;s
          folder <b>journeys</b> and bring it into force with <b>tidings apply</b>: it appears here at once.
        </Empty>
      }
    />
  );
}
