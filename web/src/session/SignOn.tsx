/** Signing in through a provider: the buttons that are offered for an address, and the page that a provider sends people back to. */
import { Button, Divider, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, data, Refused } from "../api/client";
import { queries } from "../app/queries";
import { Door } from "./Door";
import { came, returned } from "./room";
import { session } from "./session";

/** One button for each provider that vouches for addresses of this domain; the address itself stays here. */
export function Ways({ email, next, verb = "Sign in" }: { email: string; next: string; verb?: string }) {
  const typed = /^[^@\s]+@([^@\s]+\.[^@\s]{2,})$/.exec(email.trim())?.[1]?.toLowerCase() ?? "";
  const [domain] = useDebouncedValue(typed, 250);
  const found = useQuery({
    queryKey: ["sign-on-offered", domain],
    queryFn: () => data(api.GET("/api/sign-on/offered", { params: { query: { domain } } })),
    enabled: domain !== "" && domain === typed,
    staleTime: 60_000,
  });
  const go = useMutation({
    mutationFn: async (id: string) => {
      await queries.ensureQueryData(session); // whoever is signed in sends the session's word along
      location.assign((await data(api.POST("/api/sign-on/ways/{id}/begin", { params: { path: { id } }, body: { next } }))).url);
    },
  });
  const ways = (domain === typed && found.data?.ways) || [];
  return (
    <div role="status" aria-live="polite">
      {ways.length > 0 && <Divider label="or" labelPosition="center" mb="md" />}
      {ways.map((each) => (
        <Button key={each.id} variant="default" fullWidth mb={8} loading={go.isPending && go.variables === each.id} onClick={() => go.mutate(each.id)}>{verb} with {each.name}</Button>
      ))}
      {go.error && <Text size="sm" c="var(--bad)" role="alert">{go.error.message} {go.error instanceof Refused ? go.error.hint : ""}</Text>}
    </div>
  );
}

/** Hands over what the provider sent along, once, and goes on to where one wanted to be. */
export function Returned() {
  const { way } = returned.useParams();
  const said = new URLSearchParams(came);
  const of = (name: string) => said.get(name) ?? "";
  const finish = useQuery({
    queryKey: ["sign-on-finish", of("state")],
    queryFn: async () => {
      await queries.ensureQueryData(session);
      const body = { state: of("state"), code: of("code"), iss: of("iss"), error: of("error") };
      const entered = await data(api.POST("/api/sign-on/ways/{id}/finish", { params: { path: { id: way } }, body }));
      location.replace(entered.next);
      return entered;
    },
    retry: false, staleTime: Infinity, gcTime: Infinity, refetchOnWindowFocus: false, refetchOnReconnect: false,
  });
  if (!finish.error) return <Door title="Signing you in" about="One moment." fault={null} onSubmit={() => {}}><span role="status" /></Door>;
  return (
    <Door title="You are not signed in" about="Your provider sent you back, and this came of it:" fault={finish.error} onSubmit={() => {}}>
      <Button component="a" href="/login" variant="default" fullWidth>Back to the sign-in page</Button>
    </Door>
  );
}
