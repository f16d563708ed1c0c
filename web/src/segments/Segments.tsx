/** Every segment: its rule, how many people are in it, and what would change with it. */
import { Code, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { ListPage } from "../ui/ListPage";
import { Empty } from "../ui/Page";
import { list } from "./room";

type Segment = Schemas["Segment"];

export function Segments() {
  const { q = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const home = `/${encodeURIComponent(workspace)}`;
  return (
    <ListPage<Segment, never>
      title="Segments"
      about="People who have something in common, by a rule that is kept true at every moment."
      queryKey={["segments", workspace, q]}
      fetch={async () => {
        const found = await data(api.GET("/api/segments"));
        const wanted = q.toLowerCase();
        return { rows: found.segments.filter((each) => `${each.name} ${each.segment} ${each.rule ?? ""}`.toLowerCase().includes(wanted)), next: null };
      }}
      refetchInterval={5000}
      search={{ value: q, placeholder: "Search by name or rule", onChange: (text) => void navigate({ to: ".", search: text ? { q: text } : {}, replace: true }) }}
      idOf={(segment) => segment.segment}
      onOpen={(segment) => void navigate({ to: `${home}/segments/${segment.segment}` })}
      columns={[
        {
          accessor: "name",
          title: "Name",
          render: (segment) => <Link to={`${home}/segments/${segment.segment}`} style={{ textDecoration: "none", fontWeight: 550 }}>{segment.name}</Link>,
        },
        { accessor: "rule", title: "Rule", render: (segment) => segment.rule ? <Code fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{segment.rule}</Code> : <Text size="sm" c="dimmed">Kept by hand</Text>, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "people", title: "People", textAlign: "right", render: (segment) => segment.people.toLocaleString("en") },
        {
          accessor: "journeys",
          title: "Used by",
          render: (segment) => [...segment.journeys, ...segment.segments].join(", ") || <Text component="span" size="sm" c="dimmed">nothing</Text>,
          visibleMediaQuery: "(min-width: 48em)",
        },
      ]}
      empty={<Empty title="No segments yet">A segment is a rule such as <Code>plan = "trial"</Code>. Put one into your project under <Code>segments/</Code> and run <Code>tidings apply</Code>.</Empty>}
    />
  );
}
