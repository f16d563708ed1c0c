/** Keys by which programs ask and change: what each may, when it was last used. Keys that send events stand under Data. */
import { Button, Checkbox, Code, CopyButton, Group, Modal, Radio, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { may, session } from "../session/session";
import { ListPage } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Empty } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import { useListing } from "../ui/useListing";
import { keys } from "./room";

type Source = Schemas["Source"];

const allowed = ({ scopes }: Source) => (scopes ? scopes.join(", ") || "nothing" : "read everything, send people in, publish");
const WORTH = { name: (each: Source) => each.name, scopes: allowed, last_used: (each: Source) => (each.last_used ? Date.parse(each.last_used) : 0), made: (each: Source) => Date.parse(each.made) };

export function Keys() {
  const { workspace } = keys.useParams();
  const asked = useListing(keys.useSearch());
  const { data: now } = useQuery(session);
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  const again = () => void client.invalidateQueries({ queryKey: ["sources", workspace] });
  const revoke = useMutation({
    mutationFn: ({ id }: Source) => data(api.DELETE("/api/sources/{id}", { params: { path: { id } } })),
    onSuccess: (_, { name }) => { told(`The key ${name} is void.`); again(); },
    onError: toldFault,
  });
  const edits = !!now && may(now, workspace, "keys:edit");
  const ask = (key: Source) => modals.openConfirmModal({
    title: `Revoke ${key.name}?`,
    children: <Text size="sm">Whatever uses it is refused at once. This can&rsquo;t be undone; a new key can be made.</Text>,
    labels: { confirm: "Revoke", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => revoke.mutate(key),
  });
  const make = edits && <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New key</Button>;
  return (
    <>
      <ListPage<Source, null>
        title="API keys"
        about="By these, programs read and change this workspace. Keys that only send events stand under Data."
        actions={make}
        queryKey={["sources", workspace, "keys", asked.q]}
        fetch={async () => {
          const all = (await data(api.GET("/api/sources"))).sources;
          return { rows: all.filter((each) => each.kind === "app" && asked.found(`${each.name} ${allowed(each)} ${each.made_by} ${each.hint}`)), next: null };
        }}
        search={asked.search("Search by name, permission or the key’s end")}
        sorts={asked.sorts(WORTH)}
        idOf={(each) => String(each.id)}
        columns={[
          { accessor: "name", title: "Name", render: (each) => <Text span size="sm" fw={550}>{each.name}</Text> },
          { accessor: "hint", title: "Key", visibleMediaQuery: "(min-width: 48em)", noWrap: true, render: (each) => <Code>…{each.hint}</Code> },
          { accessor: "scopes", title: "May", render: allowed },
          { accessor: "last_used", title: "Last used", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.last_used ? <Moment at={each.last_used} /> : "never" },
          { accessor: "made", title: "Made", visibleMediaQuery: "(min-width: 48em)", render: (each) => <><Moment at={each.made} />{each.made_by && <Text size="xs" c="dimmed">{each.made_by}</Text>}</> },
          ...(edits ? [{ accessor: "revoke", title: "", textAlign: "right" as const, render: (each: Source) => <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Revoke ${each.name}`} onClick={() => ask(each)}>Revoke</Button> }] : []),
        ]}
        empty={<Empty title="No API keys yet">A key lets a program of yours start journeys, look people up or publish, without anybody&rsquo;s password.</Empty>}
      />
      <Modal opened={making} onClose={() => { setMaking(false); again(); }} title="New API key" closeButtonProps={{ "aria-label": "Close" }}>
        <Make mine={now?.workspaces?.find((each) => each.name === workspace)?.permissions ?? []} close={() => { setMaking(false); again(); }} />
      </Modal>
    </>
  );
}

function Make({ mine, close }: { mine: string[]; close: () => void }) {
  const [name, setName] = useState("");
  const [all, setAll] = useState("usual");
  const [scopes, setScopes] = useState<string[]>([]);
  const make = useMutation({ mutationFn: () => data(api.POST("/api/sources", { body: { name, kind: "app", public: false, scopes: all === "usual" ? null : scopes } })) });
  if (make.data) return <Shown secret={make.data.key} close={close} />;
  const refused = make.error instanceof Refused ? make.error : null;
  return (
    <form onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
      <Stack>
        <TextInput label="Name" description="What uses it" placeholder="Billing service" value={name} error={refused && (refused.of("name") ?? refused.says)} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
        <Radio.Group label="What it may" value={all} onChange={setAll}>
          <Stack gap={6} mt={6}>
            <Radio value="usual" label="The usual: read everything, send people into journeys, publish" />
            <Radio value="chosen" label="Only what I choose" />
          </Stack>
        </Radio.Group>
        {all === "chosen" && (
          <Checkbox.Group label="Permissions" value={scopes} onChange={setScopes}>
            <SimpleGrid cols={2} spacing={6} mt={6}>{mine.map((each) => <Checkbox key={each} value={each} label={each.replace(":", ": ")} />)}</SimpleGrid>
          </Checkbox.Group>
        )}
        <Group justify="flex-end"><Button variant="default" onClick={close}>Cancel</Button><Button type="submit" loading={make.isPending} disabled={!name.trim() || (all === "chosen" && !scopes.length)}>Make the key</Button></Group>
      </Stack>
    </form>
  );
}

/** A key, the only time it can be seen. */
export function Shown({ secret, close }: { secret: string; close: () => void }) {
  return (
    <Stack>
      <Text size="sm">Copy it now: it is shown this once, and kept nowhere.</Text>
      <Code block aria-label="The key" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{secret}</Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
        <Button onClick={close}>Done</Button>
      </Group>
    </Stack>
  );
}
