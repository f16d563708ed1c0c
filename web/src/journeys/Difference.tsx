/** How a step of one version differs from the other: a sign and a word on its card, and the same in the legend. The colour only helps. */
import { IconArrowsUpDown, IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import styles from "./Difference.module.css";
import type { Differs } from "./shown";

export const DIFFERENCES: readonly Differs[] = ["added", "removed", "changed", "moved"];
const SAYS: Record<Differs, [string, typeof IconPlus]> = { added: ["Added", IconPlus], removed: ["Removed", IconMinus], changed: ["Changed", IconPencil], moved: ["Moved", IconArrowsUpDown] };

export function DifferenceMark({ of, inline = false }: { of: Differs; inline?: boolean }) {
  const [word, Icon] = SAYS[of];
  return <span className={styles.mark} data-differs={of} data-inline={inline || undefined}><Icon size={11} stroke={2.5} aria-hidden />{word}</span>;
}
