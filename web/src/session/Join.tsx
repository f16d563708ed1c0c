/** Take an invitation. The link's secret stands behind the `#`, so that it reaches no server's log. */
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { queries } from "../app/queries";
import { Door } from "./Door";
import { session } from "./session";
import { Ways } from "./SignOn";

export function Join() {
  const secret = location.hash.slice(1);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const invitation = useQuery({
    queryKey: ["invitation"],
    queryFn: async () => {
      await queries.ensureQueryData(session); // whoever is signed in sends the session's word along
      return data(api.POST("/api/invitation/look", { body: { secret } }));
    },
    retry: false,
  });
  const said = invitation.data;
  const join = useMutation({
    mutationFn: async () => {
      await queries.ensureQueryData(session);
      await data(api.POST("/api/invitation", { body: { secret, name, password } }));
      const home = `/${encodeURIComponent(said!.workspace)}`;
      const entered = await api.POST("/api/session", { body: { email: said!.email, password, code: "" } }).then(() => true, () => false);
      return entered ? home : `/login?next=${encodeURIComponent(home)}`; // where a code is asked for, say
    },
    onSuccess: (to) => location.assign(to),
  });
  if (invitation.error) {
    return <Door title="This link does not work" about={`${invitation.error.message} Ask whoever sent it for a new one.`} fault={null} onSubmit={() => {}}>
      <Button component="a" href="/login" variant="default">Sign in</Button>
    </Door>;
  }
  if (!said) return null;
  const refused = join.error instanceof Refused ? join.error : null;
  return (
    <Door title={`Join ${said.workspace}`} about={`${said.invited_by} invites you (${said.email}) as ${said.role}.`} fault={join.error} onSubmit={() => join.mutate()}>
      {!said.known && <TextInput label="Your name" autoComplete="name" autoFocus value={name} error={refused?.of("name")} onChange={(e) => setName(e.currentTarget.value)} />}
      <input type="hidden" autoComplete="username" value={said.email} readOnly />
      <PasswordInput label={said.known ? "Your password" : "Choose a password"} description={said.known ? "Of the account you have here" : "At least 10 characters"}
        autoComplete={said.known ? "current-password" : "new-password"} value={password} error={refused?.of("password")}
        onChange={(e) => setPassword(e.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
      <Button type="submit" loading={join.isPending} fullWidth>Join</Button>
      {said.by && <Ways email={said.email} next={`/${encodeURIComponent(said.workspace)}`} verb="Join" />}
    </Door>
  );
}
