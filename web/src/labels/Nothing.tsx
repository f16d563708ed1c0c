/** Where a narrowed list has no rows, or all there is lies in the archive. */
import { Empty } from "../ui/Page";

export function Nothing({ narrowed }: { narrowed: boolean }) {
  return narrowed
    ? <Empty title="Nothing like that">Nothing matches these filters. Take one away to see more.</Empty>
    : <Empty title="All of it is in the archive">Switch Archive on to see it, and to restore what you need.</Empty>;
}
