/** Where a narrowed list has no rows, or all there is lies in the archive. */
import { Empty } from "../ui/Page";
import { isNarrowed, type Labelled } from "./labels";

/** `more`: whether it is narrowed by something else too. */
export function Nothing({ by, more = false }: { by: Labelled; more?: boolean }) {
  if (by.archived && !more && !isNarrowed({ ...by, archived: undefined })) return <Empty title="The archive is empty">What you archive leaves the list and is kept here, to be restored.</Empty>;
  return more || isNarrowed(by)
    ? <Empty title="Nothing like that">Nothing matches these filters. Take one away to see more.</Empty>
    : <Empty title="All of it is in the archive">Switch Archive on to see it, and to restore what you need.</Empty>;
}
