/** Somebody of the team, by their name; their address is there for whoever rests on it. */
import { useNames } from "./called";

export function Who({ workspace, of }: { workspace: string; of: string }) {
  return <span title={of} style={{ overflowWrap: "anywhere" }}>{useNames(workspace).member(of)}</span>;
}
