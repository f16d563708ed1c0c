/** Everybody, found by any identifier or the beginning of an email. */
import { Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { list } from "./room";

type Brief = Schemas["Brief"];

export function People() {
  const { q = "" } = list.useSearch();
  const { workspace } = list.useParams();
  const navigate = useNavigate();
  const open = (person: Brief) => void navigate({ to: `/${encodeURIComponent(workspace)}/people/${person.person}` });
  return (
    <ListPage<Brief, number>
      title="People"
      about="Everybody who did something in your product, the newest first."
      queryKey={["people", workspace, q]}
      fetch={async (before) => {
        const page = await data(api.GET("/api/people", { params: { query: { q, limit: 50, before: before ?? 0 } } }));
        return { rows: page.people, next: page.next ?? null };
      }}
      search={{ value: q, placeholder: "Search by email or any id", onChange: (text) => void navigate({ to: ".", search: text ? { q: text } : {}, replace: true }) }}
      idOf={(person) => person.person}
      onOpen={open}
      columns={[
        {
          accessor: "name",
          title: "Name",
          render: (person) => (
            <Link to={`/${encodeURIComponent(workspace)}/people/${person.person}`} style={{ textDecoration: "none", fontWeight: 550 }}>
              {called(person)}
            </Link>
          ),
        },
        { accessor: "email", title: "Email", render: (person) => person.email ?? <Text component="span" size="sm" c="dimmed">none</Text> },
        { accessor: "id", title: "Id", render: (person) => person.id ?? <Text component="span" size="sm" c="dimmed">anonymous</Text>, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "last_seen", title: "Last seen", render: (person) => <Moment at={person.last_seen} />, visibleMediaQuery: "(min-width: 48em)" },
        { accessor: "created", title: "Known since", render: (person) => <Moment at={person.created} /> },
      ]}
      empty={
        <Empty title="Nobody yet">
          People appear here as soon as your product sends who they are and what they do. Make a source with `tidings source create`, and put its key into one of the SDKs.
        </Empty>
      }
    />
  );
}

/** What a person is called in a list. */
export function called(person: { name?: string | null; email?: string | null; id?: string | null }): string {
  return person.name || person.email || person.id || "Anonymous visitor";
}
