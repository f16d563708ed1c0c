/** A forgotten password: ask for a link, and choose a new one by it. The link's secret stands behind the `#`, so that it reaches no server's log. */
import { Button, Code, PasswordInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { queries } from "../app/queries";
import { Door } from "./Door";
import { session } from "./session";

const back = <Button component="a" href="/login" variant="default" fullWidth>Back to the sign-in page</Button>;

export function Password() {
  const secret = useLocation({ select: (at) => at.hash }); // a link may be pasted where this page stands
  return secret ? <Choose key={secret} secret={secret} /> : <Forgotten />;
}

export function Forgotten({ email: known = "" }: { email?: string }) {
  const [email, setEmail] = useState(known);
  const ask = useMutation({
    mutationFn: async () => {
      await queries.ensureQueryData(session); // whoever is signed in sends the session's word along
      return data(api.POST("/api/password/forgotten", { body: { email } }));
    },
  });
  if (ask.data) {
    const { mails, command } = ask.data;
    const says = mails ? "If somebody here has this address, a link is on its way. It works once, within an hour." : "No workspace here sends mail, so no link can be mailed.";
    return (
      <Door title={mails ? "Look into your mail" : "Ask for a link"} about={<span role="status">{says}</span>} fault={null} onSubmit={() => {}}>
        <Text size="sm">{mails ? "None came? Some accounts get none by mail. " : ""}Whoever runs this installation can make one, and hand it to you:</Text>
        <Code block role="group" aria-label="The command" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{command}</Code>
        {back}
      </Door>
    );
  }
  const refused = ask.error instanceof Refused ? ask.error : null;
  return (
    <Door title="Forgot your password?" about="You get a link by which you choose a new one." fault={ask.error} onSubmit={() => ask.mutate()}>
      <TextInput label="Email" type="email" autoComplete="username" autoFocus value={email} error={refused?.of("email")} onChange={(e) => setEmail(e.currentTarget.value)} required />
      <Button type="submit" loading={ask.isPending} fullWidth>Mail me a link</Button>
      {back}
    </Door>
  );
}

function Choose({ secret }: { secret: string }) {
  const [password, setPassword] = useState("");
  const link = useQuery({
    queryKey: ["password-link", secret],
    queryFn: async () => {
      await queries.ensureQueryData(session);
      return data(api.POST("/api/password/look", { body: { secret } }));
    },
    retry: false, staleTime: Infinity, // once it is used it is none any more
  });
  const choose = useMutation({ mutationFn: () => data(api.POST("/api/password", { body: { secret, password } })) });
  if (choose.isSuccess) {
    return (
      <Door title="Your password is changed" about={<span role="status">You are signed out everywhere. Sign in with the new one.</span>} fault={null} onSubmit={() => {}}>
        <Button component="a" href="/login" fullWidth>Sign in</Button>
      </Door>
    );
  }
  if (link.error) {
    return (
      <Door title="This link does not work" about={link.error.message} fault={null} onSubmit={() => {}}>
        <Button component="a" href="/password" fullWidth>Ask for a new one</Button>
        {back}
      </Door>
    );
  }
  if (!link.data) return null;
  const refused = choose.error instanceof Refused ? choose.error : null;
  return (
    <Door title="Choose a new password" about={`For ${link.data.email}. You are signed out everywhere else.`} fault={choose.error} onSubmit={() => choose.mutate()}>
      <input type="hidden" autoComplete="username" value={link.data.email} readOnly />
      <PasswordInput label="New password" description="At least 10 characters" autoComplete="new-password" autoFocus value={password} error={refused?.of("password")}
        onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
      <Button type="submit" loading={choose.isPending} fullWidth>Set the password</Button>
    </Door>
  );
}
