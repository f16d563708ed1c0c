/** Names with their values. */
import { Text } from "@mantine/core";
import { exact, plain } from "../ui/plain";
import { Named } from "./Editing";

interface Props { pairs: [string, unknown][]; none: string; open?: (name: string) => void }

export function Pairs({ pairs, none, open }: Props) {
  if (!pairs.length) return none ? <Text size="sm" c="dimmed">{none}</Text> : null;
  return (
    <dl style={{ display: "grid", gridTemplateColumns: "minmax(88px, 34%) 1fr", gap: "4px 12px", margin: 0, fontSize: "0.8125rem" }}>
      {pairs.map(([key, value], n) => [
        <dt key={`k${n}`} style={{ color: "var(--quiet)", overflowWrap: "anywhere" }}>{open ? <Named name={key} open={open} /> : key}</dt>,
        <dd key={`v${n}`} className="figures" title={exact(value)} style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{plain(value)}</dd>,
      ])}
    </dl>
  );
}
