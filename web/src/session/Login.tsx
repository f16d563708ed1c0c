/** Sign in; where nobody has an account yet, set the installation up. */
import { Anchor, Button, PasswordInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { Door } from "./Door";
import { Forgotten } from "./Password";
import { session, type Now } from "./session";
import { Ways } from "./SignOn";

export function Login() {
  const { data: now } = useQuery(session);
  const { next } = useSearch({ strict: false }) as { next?: string };
  if (!now) return null;
  return now.first_run ? <SetUp /> : <SignIn next={next ?? "/"} now={now} />;
}

function SignIn({ next, now }: { next: string; now: Now }) {
  const [email, setEmail] = useState(now.email ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [forgot, setForgot] = useState(false);
  const enter = useMutation({
    mutationFn: () => data(api.POST("/api/session", { body: { email, password, code } })),
    onSuccess: () => location.assign(next),
  });
  const refused = enter.error instanceof Refused ? enter.error : null;
  const beyond = now.workspaces?.length ? undefined : now.beyond?.[0];
  if (forgot) return <Forgotten email={email} />;
  const asked = refused?.code === "two_factor" || refused?.code === "wrong_code" || code !== "";
  return (
    <Door title="Sign in" about={beyond ? `${beyond.name} asks you to sign in with ${beyond.by}.` : "Welcome back."} fault={refused?.code === "two_factor" ? null : enter.error} onSubmit={() => enter.mutate()}>
      <TextInput label="Email" type="email" autoComplete="username" autoFocus value={email} onChange={(e) => setEmail(e.currentTarget.value)} required />
      <PasswordInput label="Password" autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} required
        visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
      {asked && (
        <TextInput label="Code" description="Of your authenticator app, or a recovery code" inputMode="numeric" autoComplete="one-time-code" autoFocus
          value={code} onChange={(e) => setCode(e.currentTarget.value)} />
      )}
      <Button type="submit" loading={enter.isPending} fullWidth>Sign in</Button>
      <Anchor component="button" type="button" size="sm" ta="center" onClick={() => setForgot(true)}>Forgot your password?</Anchor>
      <Ways email={email} next={next} />
    </Door>
  );
}

function SetUp() {
  const [form, setForm] = useState({ name: "", email: "", password: "", code: location.hash.slice(1), workspace: "production" });
  const make = useMutation({ mutationFn: () => data(api.POST("/api/setup", { body: form })), onSuccess: () => location.assign("/") });
  const refused = make.error instanceof Refused ? make.error : null;
  const field = (name: keyof typeof form) => ({
    value: form[name],
    error: refused?.of(name),
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setForm({ ...form, [name]: event.currentTarget.value }),
    required: true,
  });
  return (
    <Door title="Set Tidings up" about="Nobody has an account here yet. You become the owner." fault={make.error} onSubmit={() => make.mutate()}>
      <TextInput label="Set-up code" description="Tidings printed it where it was started" autoComplete="off" {...field("code")} />
      <TextInput label="Your name" autoComplete="name" autoFocus {...field("name")} />
      <TextInput label="Email" type="email" autoComplete="username" {...field("email")} />
      <PasswordInput label="Password" description="At least 10 characters" autoComplete="new-password" {...field("password")}
        visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
      <TextInput label="Workspace" description="One isolated set of people, journeys and keys" {...field("workspace")} />
      <Button type="submit" loading={make.isPending} fullWidth>Create the owner’s account</Button>
      <Text size="xs" c="dimmed">You can invite others in a moment.</Text>
    </Door>
  );
}
