/** What the keys do, and whether those that need no other one held do anything. */
import { Kbd, Stack, Switch, Text } from "@mantine/core";
import { useOs } from "@mantine/hooks";
import { useState } from "react";
import { Dialog } from "../ui/Dialog";
import { areOn, switchTo } from "../ui/keys";
import classes from "./Keys.module.css";

/** `Mod` is the key that commands are held with; keys apart by a space are pressed together, a comma parts one way from another. */
const GROUPS: [where: string, keys: [keys: string, does: string][]][] = [
  ["Everywhere", [["Mod K", "Go to a page, a journey, a person…, or do something"], ["?", "Show these keys"]]],
  ["In a list", [["/", "Search it"], ["J,↓", "Next row"], ["K,↑", "The row before"], ["Enter", "Open the row"]]],
  ["Where something is edited", [["Mod Z", "Undo"], ["Mod Shift Z", "Redo"]]],
  ["On a step or a block", [["↑,↓", "The one before, the next"], ["Alt ↑,Alt ↓", "Move it"], ["Mod D", "Duplicate it"], ["Mod C", "Copy it"], ["Mod X", "Cut it"], ["Mod V", "Paste after it"], ["Delete", "Delete it"]]],
  ["On a step of a journey", [["Home,End", "The first, the last"], ["Alt ↑,Alt ↓", "Move it into a way, or out of one"], ["+", "Add a step after it"]]],
];

export function Keys({ onClose }: { onClose: () => void }) {
  const mod = useOs() === "macos" ? "⌘" : "Ctrl";
  const [on, setOn] = useState(areOn);
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <Stack gap="md">
        {GROUPS.map(([where, keys]) => (
          <section key={where} aria-label={where}>
            <Text size="xs" fw={600} c="dimmed" mb={4}>{where}</Text>
            <dl className={classes.keys}>
              {keys.map(([pressed, does]) => (
                <div key={does} className={classes.key}>
                  <dt>{does}</dt>
                  <dd>{pressed.split(",").map((way, n) => <span key={way}>{n > 0 && " or "}{way.split(" ").map((key) => <Kbd key={key} size="xs">{key === "Mod" ? mod : key}</Kbd>)}</span>)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Switch label="Single keys do something" description="Such as / and J. Switch them off if you speak to your computer. On this device." checked={on} onChange={(event) => { switchTo(event.currentTarget.checked); setOn(event.currentTarget.checked); }} />
      </Stack>
    </Dialog>
  );
}
