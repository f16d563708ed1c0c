/** A key, and the secret that signs for it, to copy. */
import { Code, Group, Text } from "@mantine/core";
import { Copy } from "./Snippets";

export function Secret({ name, text }: { name: string; text: string }) {
  const called = name.toLowerCase();
  return <Group gap="xs" wrap="nowrap"><Text size="sm" fw={550} style={{ flex: "none" }}>{name}</Text><Code fz="sm" aria-label={`The ${called}`} style={{ overflowWrap: "anywhere" }}>{text}</Code><Copy text={text} label={`Copy the ${called}`} /></Group>;
}

/** Of a public key: by it a page may say more of the person it names. */
export function Signing({ secret }: { secret?: string | null }) {
  return secret && (
    <div>
      <Secret name="Signing secret" text={secret} />
      <Text size="xs" c="dimmed" mt={4}>
        Lets signed-in people change their own email and consent from a page. On your server: HMAC-SHA256 of the user&rsquo;s id with this secret; hand it to the page, which sends
        it as <Code fz="xs">context.userHash</Code>. Keep the secret itself on your server.
      </Text>
    </div>
  );
}
