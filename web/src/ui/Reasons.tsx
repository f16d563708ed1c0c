/** Why something is so, a line each: what holds and what does not is said before the words, what it consists of stands further in. */
import { Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { local } from "./moment";
import { begins } from "./reasons";
import classes from "./Reasons.module.css";

const MARKS = { "✓": { icon: IconCheck, says: "holds", colour: "var(--good)" }, "✗": { icon: IconX, says: "does not hold", colour: "var(--bad)" } } as const;

export function Reasons({ of }: { of: string[] }) {
  if (!of.length) return null;
  return (
    <ul className={classes.reasons}>
      {of.map((line, n) => {
        const words = line.trimStart();
        const indent = line.length - words.length;
        const mark = MARKS[words.charAt(0) as keyof typeof MARKS], answer = /^(yes|no) +/.exec(words);
        const said = mark ? words.slice(1).trimStart() : words.slice(answer?.[0].length ?? 0);
        return (
          <Text key={n} component="li" size="sm" pl={8 * indent}>
            {mark && <mark.icon size={15} color={mark.colour} role="img" aria-hidden={false} aria-label={mark.says} />}
            {answer && <b>{answer[1]}</b>}
            <span>{local(indent || answer ? said : begins(said))}</span>
          </Text>
        );
      })}
    </ul>
  );
}
