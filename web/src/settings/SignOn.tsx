/** Single sign-on: which provider says who somebody is, for which addresses, and what that lets them do. */
import { Alert, Button, Code, CopyButton, Group, List, PasswordInput, Select, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused, tagged, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { Standing } from "../ui/Standing";
import { told, toldFault } from "../ui/told";
import { useListing } from "../ui/useListing";
import { frame, signOn } from "./room";

type Chosen = Schemas["SignOnChosen"];
const JOINS = [
  { value: "", label: "Nobody: people are invited" },
  { value: "viewer", label: "Anybody of these domains, as viewer" },
  { value: "author", label: "Anybody of these domains, as author" },
  { value: "approver", label: "Anybody of these domains, as approver" },
  { value: "admin", label: "Anybody of these domains, as admin" },
];
/** An issuer is known by its whole address; whoever leaves its scheme out means https. */
const withScheme = (issuer: string) => (/^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(issuer.trim()) ? `https://${issuer.trim()}` : issuer.trim());
const USUAL: Chosen = { name: "", issuer: "", client: "", domains: [], joins: null, passwords: true, enabled: true };

export function SignOn() {
  const { workspace } = frame.useParams();
  const { data: now } = useQuery(session);
  const found = useQuery({ queryKey: ["sign-on", workspace], queryFn: () => tagged<Schemas["SignOnSet"]>(api.GET("/api/sign-on")) });
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!found.data || !now) return <Waiting head />;
  const owns = now.workspaces?.find((each) => each.name === workspace)?.role === "owner";
  const { data: set, etag } = found.data;
  const state = set.settings ? (set.settings.enabled ? "On" : "Off") : "Not set up";
  return (
    <>
      <PageHead title="Single sign-on" about="People sign in with the account they have at your company: Okta, Entra ID, Google Workspace, Keycloak, or whatever else speaks OpenID Connect." mark={<Standing colour={state === "On" ? "teal" : "gray"}>{state}</Standing>} />
      {!owns && <Alert color="gray" variant="light" mb="md">An owner sets this up: whoever decides who says who people are could become any of them.</Alert>}
      <Form key={etag} set={set} etag={etag} owns={owns} />
      {set.settings && <People set={set} owns={owns} />}
    </>
  );
}

function Form({ set, etag, owns }: { set: Schemas["SignOnSet"]; etag: string; owns: boolean }) {
  const { workspace } = frame.useParams();
  const client = useQueryClient();
  const [form, setForm] = useState<Chosen>(set.settings ?? USUAL);
  const [secret, setSecret] = useState("");
  const again = () => void client.invalidateQueries({ queryKey: ["sign-on", workspace] });
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/sign-on", {
      body: { ...form, secret: secret || (set.secret ? null : "") },
      headers: etag === '"0"' ? { "If-None-Match": "*" } : { "If-Match": etag },
    })),
    onSuccess: () => { told(form.enabled ? "Single sign-on is on. Try it in another browser before you sign out here." : "Saved. Single sign-on is off."); again(); },
    onError: (error) => { if (!(error instanceof Refused) || error.faults.every((fault) => !fault.where)) toldFault(error); },
  });
  const test = useMutation({ mutationFn: () => data(api.POST("/api/sign-on/test", { body: { issuer: form.issuer } })) });
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/sign-on")),
    onSuccess: () => { told("Single sign-on is gone."); again(); },
    onError: toldFault,
  });
  const refused = save.error instanceof Refused ? save.error : null;
  const tried = test.error instanceof Refused ? test.error : null;
  const change = (part: Partial<Chosen>) => setForm({ ...form, ...part });
  const text = (name: "name" | "issuer" | "client") => ({
    value: form[name], disabled: !owns, error: refused?.of(name),
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => change({ [name]: event.currentTarget.value }),
  });
  const ask = () => modals.openConfirmModal({
    title: "Take single sign-on away?",
    children: <Text size="sm">Whoever is signed in through it is signed out at once.{set.alone.length > 0 && ` ${set.alone.length === 1 ? `${set.alone[0]} has` : `${set.alone.length} people have`} no password: invite them, so that they can choose one.`}</Text>,
    labels: { confirm: "Take it away", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => remove.mutate(),
  });
  return (
    <form onSubmit={(event) => { event.preventDefault(); save.mutate(); }} noValidate>
      <Card title="Your provider" about="Make an application there (web, authorization code), give it the redirect address, and bring back what it shows.">
        <Stack gap="md" maw={520}>
          <div>
            <Text size="sm" fw={500} id="redirect">Redirect address</Text>
            <Text size="xs" c="dimmed" mb={4}>Also called callback or sign-in redirect URI</Text>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              <Code block flex={1} aria-labelledby="redirect" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{set.redirect}</Code>
              <CopyButton value={set.redirect}>{({ copied, copy }) => <Button variant="default" size="xs" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
            </Group>
          </div>
          <TextInput label="What people call it" description="It stands on the button: Sign in with …" placeholder="Acme" {...text("name")} />
          <div>
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <TextInput flex={1} label="Issuer" placeholder="https://acme.okta.com" {...text("issuer")} onBlur={() => change({ issuer: withScheme(form.issuer) })} error={refused?.of("issuer") ?? tried?.of("issuer")} />
              {owns && <Button variant="default" loading={test.isPending} disabled={!form.issuer.trim()} onClick={() => test.mutate()}>Test</Button>}
            </Group>
            <div role="status" aria-live="polite">
              {test.error && !tried?.of("issuer") && <Alert mt="xs" color="red" variant="light">{test.error.message}</Alert>}
              {test.data && <Alert mt="xs" color={test.data.works ? "teal" : "red"} variant="light">
                <Text size="sm" fw={600}>{quoted(test.data.says)}</Text>
                {test.data.hint}
                {test.data.works && <List size="sm" spacing={2}>{test.data.found?.map((each) => <List.Item key={each} style={{ overflowWrap: "anywhere" }}>{each}</List.Item>)}</List>}
              </Alert>}
            </div>
          </div>
          <TextInput label="Client ID" autoComplete="off" {...text("client")} />
          <PasswordInput label="Client secret" autoComplete="off" disabled={!owns} value={secret} error={refused?.of("secret")} onChange={(event) => setSecret(event.currentTarget.value)}
            description="It is kept sealed, and never shown again" placeholder={set.secret ? "Stored; type another to replace it" : "Leave empty for a public client"} visibilityToggleButtonProps={{ "aria-label": "Show the secret" }} />
        </Stack>
      </Card>
      <Card title="Who comes in" about="Only verified addresses of these domains are taken. Whoever is a member already is known by theirs.">
        <Stack gap="md" maw={520}>
          <TagsInput label="Domains" description="Of your addresses, what stands behind the @" placeholder={form.domains.length ? "" : "acme.com, then Enter"} disabled={!owns} value={form.domains} error={refused?.of("domains")}
            onChange={(domains) => change({ domains })} acceptValueOnBlur clearButtonProps={{ "aria-label": "Take all away" }} />
          <Select label="Who joins without an invitation" data={JOINS} disabled={!owns} allowDeselect={false} value={form.joins ?? ""} onChange={(value) => change({ joins: (value || null) as Chosen["joins"] })} />
          <Switch label="Members may sign in with their password too" description="Owners always may, so that you get in where the provider fails" disabled={!owns} checked={form.passwords} onChange={(event) => change({ passwords: event.currentTarget.checked })} />
          <Switch label="Single sign-on is on" disabled={!owns} checked={form.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />
          {owns && <Group>
            <Button type="submit" loading={save.isPending}>Save</Button>
            {set.settings && <Button variant="subtle" color="red" loading={remove.isPending} onClick={ask}>Take it away</Button>}
          </Group>}
        </Stack>
      </Card>
    </form>
  );
}

function People({ set, owns }: { set: Schemas["SignOnSet"]; owns: boolean }) {
  const asked = useListing(signOn.useSearch());
  const password = (each: Schemas["Person"]) => (set.alone.includes(each.email) ? "no" : "yes");
  const { workspace } = frame.useParams();
  const client = useQueryClient();
  const unlink = useMutation({
    mutationFn: ({ account }: Schemas["Person"]) => data(api.DELETE("/api/sign-on/links/{account}", { params: { path: { account } } })),
    onSuccess: (_, { name }) => { told(`${name} is signed out, and linked anew by the next sign-in.`); void client.invalidateQueries({ queryKey: ["sign-on", workspace] }); },
    onError: toldFault,
  });
  const part = (who: Schemas["Person"]) => modals.openConfirmModal({
    title: `Unlink ${who.name}?`,
    children: <Text size="sm">They are signed out everywhere. The next sign-in with their address links them anew, to whoever the provider says has it.</Text>,
    labels: { confirm: "Unlink", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => unlink.mutate(who),
  });
  return (
    <Card title="Linked accounts" about="Found by their address the first time, and by the provider’s own name for them since. Unlink somebody whose address belongs to somebody else by now.">
      {set.linked.length === 0 ? <Text size="sm" c="dimmed">Nobody has signed in this way yet.</Text> : (
        <Given<Schemas["Person"]>
          title="Who is linked"
          rows={set.linked.filter((each) => asked.found(`${each.name} ${each.email}`))}
          search={asked.search("Search by name or email")}
          sorts={asked.sorts({ name: (each: Schemas["Person"]) => each.name, password, linked: (each: Schemas["Person"]) => Date.parse(each.since) })}
          idOf={(each) => String(each.account)}
          columns={[
            { accessor: "name", title: "Name", render: (each) => <><Text size="sm" fw={550}>{each.name}</Text><Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{each.email}</Text></> },
            { accessor: "password", title: "Also by password", visibleMediaQuery: "(min-width: 48em)", render: password },
            { accessor: "linked", title: "Linked", render: (each) => <Moment at={each.since} /> },
            ...(owns ? [{ accessor: "unlink", title: "", textAlign: "right" as const, render: (each: Schemas["Person"]) => <Button size="compact-xs" variant="subtle" color="red" aria-label={`Unlink ${each.name}`} onClick={() => part(each)}>Unlink</Button> }] : []),
          ]}
          empty={null}
        />
      )}
    </Card>
  );
}
