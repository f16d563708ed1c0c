/** Who is signed in: their name, password, second factor, and the browsers they are signed in with. */
import { Badge, Button, Code, CopyButton, Group, Modal, PasswordInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, data, Refused, type Schemas } from "../api/client";
import { session } from "../session/session";
import { Card } from "../ui/Card";
import { Given } from "../ui/ListPage";
import { Moment } from "../ui/moment";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { told } from "../ui/told";
import { useListing } from "../ui/useListing";
import { account } from "./room";

const BELOW: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];
const SHOW = { "aria-label": "Show the password" };

export function Account() {
  const { data: now } = useQuery(session);
  if (!now?.email) return <Waiting head />;
  return (
    <>
      <PageHead title="Your account" about={now.email} />
      <Name name={now.name ?? ""} />
      {now.has_password ? (
        <>
          <Password email={now.email} />
          <TwoFactor on={now.two_factor ?? false} vouched={now.vouched ?? false} />
        </>
      ) : <Card title="Password" about="You have none: your provider says who you are, and asks for a second factor where it wants one. An admin can invite you to choose a password.">{null}</Card>}
      <Browsers />
    </>
  );
}

function Name({ name }: { name: string }) {
  const client = useQueryClient();
  const [text, setText] = useState(name);
  const save = useMutation({
    mutationFn: () => data(api.PATCH("/api/session", { body: { name: text, proof: "" } })),
    onSuccess: () => { told("Your name was changed."); void client.invalidateQueries({ queryKey: ["session"] }); },
  });
  const refused = save.error instanceof Refused ? save.error : null;
  return (
    <Card title="Name" about="How others in your team read you.">
      <form onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
        <Group align="flex-end">
          <TextInput label="Your name" autoComplete="name" value={text} error={refused?.of("name")} onChange={(e) => setText(e.currentTarget.value)} w={300} />
          <Button type="submit" variant="default" loading={save.isPending} disabled={text.trim() === name}>Save</Button>
        </Group>
      </form>
    </Card>
  );
}

function Password({ email }: { email: string }) {
  const [proof, setProof] = useState("");
  const [chosen, setChosen] = useState("");
  const save = useMutation({
    mutationFn: () => data(api.PATCH("/api/session", { body: { password: chosen, proof } })),
    onSuccess: () => { told("Your password was changed. Other browsers are signed out."); setProof(""); setChosen(""); },
  });
  const refused = save.error instanceof Refused ? save.error : null;
  return (
    <Card title="Password" about="A new one signs you out of every other browser.">
      <form onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <Group align="flex-start">
          <PasswordInput label="Present password" autoComplete="current-password" w={240} value={proof} error={refused && (refused.of("proof") ?? (refused.faults.length ? undefined : refused.says))}
            onChange={(e) => setProof(e.currentTarget.value)} visibilityToggleButtonProps={SHOW} />
          <PasswordInput label="New password" description="At least 10 characters." inputWrapperOrder={BELOW} autoComplete="new-password" w={240} value={chosen} error={refused?.of("password")}
            onChange={(e) => setChosen(e.currentTarget.value)} visibilityToggleButtonProps={SHOW} />
          <Button type="submit" variant="default" mt={{ base: 0, xs: 24 }} loading={save.isPending} disabled={!proof || !chosen}>Change</Button>
        </Group>
      </form>
    </Card>
  );
}

function TwoFactor({ on, vouched }: { on: boolean; vouched: boolean }) {
  const [asking, setAsking] = useState<"on" | "off" | null>(null);
  return (
    <Card title="Two-factor" about={`After your password, a code from your phone is asked for: a stolen password alone opens nothing.${vouched ? " Where you sign in through your provider, as now, a second factor is its own matter." : ""}`}
      action={<Badge color={on ? "teal" : "gray"}>{on ? "On" : "Off"}</Badge>}>
      {on ? <Button variant="default" onClick={() => setAsking("off")}>Turn it off</Button> : <Button onClick={() => setAsking("on")}>Turn it on</Button>}
      <Modal opened={asking === "on"} onClose={() => setAsking(null)} title="Turn two-factor on" closeButtonProps={{ "aria-label": "Close" }}><TurnOn close={() => setAsking(null)} /></Modal>
      <Modal opened={asking === "off"} onClose={() => setAsking(null)} title="Turn two-factor off" closeButtonProps={{ "aria-label": "Close" }}><TurnOff close={() => setAsking(null)} /></Modal>
    </Card>
  );
}

function TurnOn({ close }: { close: () => void }) {
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const offer = useQuery({ queryKey: ["two-factor-offer"], queryFn: () => data(api.POST("/api/session/two-factor/offer")), staleTime: Infinity, gcTime: 0 });
  const turn = useMutation({
    mutationFn: () => data(api.POST("/api/session/two-factor", { body: { secret: offer.data!.secret, code, password } })),
  });
  if (turn.data) {
    const codes = turn.data.codes;
    return (
      <Stack>
        <Text size="sm">Two-factor is on. Keep these recovery codes where you find them without your phone: each signs you in once. They are shown this once.</Text>
        <SimpleGrid cols={2} spacing={6}>{codes.map((each) => <Code key={each} fz="sm" ta="center">{each}</Code>)}</SimpleGrid>
        <Group justify="flex-end">
          <CopyButton value={codes.join("\n")}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy them"}</Button>}</CopyButton>
          <Button onClick={() => { void client.invalidateQueries({ queryKey: ["session"] }); close(); }}>I kept them</Button>
        </Group>
      </Stack>
    );
  }
  const refused = turn.error instanceof Refused ? turn.error : null;
  return (
    <form onSubmit={(event) => { event.preventDefault(); turn.mutate(); }}>
      <Stack>
        <Text size="sm">Scan this with an authenticator app (1Password, Google Authenticator, Aegis, …), then type the code it shows.</Text>
        {offer.data ? <Qr text={offer.data.address} /> : <Waiting rows={4} />}
        {offer.data && <Text size="xs" c="dimmed" ta="center">Or type this into the app: <Code style={{ overflowWrap: "anywhere" }}>{offer.data.secret}</Code></Text>}
        <TextInput label="Code of the app" inputMode="numeric" autoComplete="one-time-code" value={code} error={refused?.of("code")} onChange={(e) => setCode(e.currentTarget.value)} />
        <PasswordInput label="Your password" autoComplete="current-password" value={password} error={refused && (refused.of("proof") ?? (refused.of("code") ? undefined : refused.says))}
          onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={SHOW} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Cancel</Button>
          <Button type="submit" loading={turn.isPending} disabled={!code || !password || !offer.data}>Turn it on</Button>
        </Group>
      </Stack>
    </form>
  );
}

function TurnOff({ close }: { close: () => void }) {
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const turn = useMutation({
    mutationFn: () => data(api.POST("/api/session/two-factor/off", { body: { password } })),
    onSuccess: () => { told("Two-factor is off."); void client.invalidateQueries({ queryKey: ["session"] }); close(); },
  });
  return (
    <form onSubmit={(event) => { event.preventDefault(); turn.mutate(); }}>
      <Stack>
        <Text size="sm">Your password alone will sign you in again, and the recovery codes are void.</Text>
        <PasswordInput label="Your password" autoComplete="current-password" value={password} error={turn.error?.message}
          onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={SHOW} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>Keep it on</Button>
          <Button type="submit" color="red" loading={turn.isPending} disabled={!password}>Turn it off</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Drawn here: the secret leaves for nobody who draws pictures. */
function Qr({ text }: { text: string }) {
  const [code, setCode] = useState<{ size: number; data: boolean[][] } | null>(null);
  useEffect(() => { void import("uqr").then(({ encode }) => setCode(encode(text, { ecc: "M", border: 2 }))); }, [text]);
  if (!code) return <Waiting rows={4} />;
  const dark = code.data.flatMap((row, y) => row.map((is, x) => (is ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg role="img" aria-label="QR code with the secret" viewBox={`0 0 ${code.size} ${code.size}`} width={208} height={208} shapeRendering="crispEdges"
      style={{ background: "#fff", borderRadius: 8, alignSelf: "center" }}>
      <path d={dark} fill="#000" />
    </svg>
  );
}

type Browser = Schemas["Browser"];

function Browsers() {
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["browsers"], queryFn: () => data(api.GET("/api/session/all")) });
  const close = useMutation({
    mutationFn: (id: string) => data(api.DELETE("/api/session/all/{id}", { params: { path: { id } } })),
    onSuccess: () => { told("Signed out."); void client.invalidateQueries({ queryKey: ["browsers"] }); },
  });
  const asked = useListing(account.useSearch());
  const ask = (id: string, where: string) => modals.openConfirmModal({
    title: `Sign out ${where}?`,
    children: <Text size="sm">Whoever works there has to sign in again. What they have not saved is lost.</Text>,
    labels: { confirm: "Sign out", cancel: "Cancel" },
    confirmProps: { color: "red" },
    onConfirm: () => close.mutate(id),
  });
  if (found.error) return <Failed error={found.error} again={() => void found.refetch()} />;
  const rows = found.data?.sessions ?? [];
  return (
    <Card title="Where you are signed in" action={rows.length > 1 && <Button variant="default" size="xs" onClick={() => ask("others", "everywhere else")}>Sign out everywhere else</Button>}>
      {!found.data ? <Waiting rows={2} /> : (
        <Given<Browser>
          title="Browsers"
          rows={rows.filter((each) => asked.found(`${named(each)} ${each.address}`))}
          search={asked.search("Search by browser or address")}
          sorts={asked.sorts({ browser: named, address: (each: Browser) => each.address, used: (each: Browser) => Date.parse(each.last_used) })}
          idOf={(each) => each.id}
          columns={[
            { accessor: "browser", title: "Browser", render: (each) => (each.current ? <span data-row tabIndex={-1}>{named(each)}</span> : named(each)) },
            { accessor: "address", title: "Address", visibleMediaQuery: "(min-width: 48em)", render: (each) => each.address },
            { accessor: "used", title: "Last used", render: (each) => <Moment at={each.last_used} /> },
            { accessor: "more", title: "", textAlign: "right", render: (each) => (each.current ? <Badge color="teal">This one</Badge> : <Button data-row size="compact-xs" variant="subtle" color="red" aria-label={`Sign out ${named(each)}`} onClick={() => ask(each.id, named(each))}>Sign out</Button>) },
          ]}
          empty={null}
        />
      )}
    </Card>
  );
}

/** `Firefox on Linux`, of what a browser says of itself. */
function named({ agent }: Browser): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)/.exec(agent.replace("Headless", ""))?.[1];
  const system = /(Windows|Mac OS|Android|iPhone|iPad|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  return browser ? `${names[browser] ?? browser}${system ? ` on ${system === "Mac OS" ? "a Mac" : system}` : ""}` : agent.slice(0, 40) || "Unknown";
}
