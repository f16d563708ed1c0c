/** What is wrong with a text, each with the line it stands at, where it can be gone to. */
import { Anchor, Text } from "@mantine/core";
import type { Schemas } from "../api/client";
import { capital, saysFlaw } from "../api/quoted";

type Flaw = Schemas["TextFlaw"];
const SHOWN = 8;

/** `toLine`: leads to a line of the text itself; what stands in another document has no way there. */
export function Flaws({ of, quiet = false, toLine }: { of: readonly Flaw[]; quiet?: boolean; toLine?: (line: number) => void }) {
  return (
    <>
      {of.slice(0, SHOWN).map((each, n) => (
        <Text key={n} size="sm" c={quiet ? "dimmed" : undefined}>
          {toLine && !each.file && each.line > 0 ? <Anchor component="button" type="button" fz="sm" c="inherit" td="underline" onClick={() => toLine(each.line)}>{place(each)}</Anchor> : place(each)}
          {place(each) && ": "}{saysFlaw(each)}
        </Text>
      ))}
      {of.length > SHOWN && <Text size="sm">and {of.length - SHOWN} more</Text>}
    </>
  );
}

function place({ file, line }: Flaw): string {
  const said = [file, line > 0 && `line ${line}`].filter(Boolean).join(", ");
  return capital(said);
}
