/** Where something that happened came from, once it is asked for: the page, the campaign, the app, as the message said it. */
import { Box, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { beside } from "./beside";
import { Pairs } from "./Pairs";

export function CameFrom({ said }: { said: Record<string, unknown> }) {
  const [open, setOpen] = useState(false);
  const pairs = beside(said);
  if (!pairs.length) return null;
  return (
    <>
      <UnstyledButton fz="xs" c="dimmed" td="underline" aria-expanded={open} onClick={() => setOpen(!open)}>Where it came from</UnstyledButton>
      {open && <Box mt={4}><Pairs pairs={pairs} none="" /></Box>}
    </>
  );
}
