/** Lines that came and went, for who reads the source. */
import { Code } from "@mantine/core";

const LOOK: Record<string, React.CSSProperties> = {
  "+": { background: "color-mix(in srgb, var(--mantine-color-green-6) 18%, transparent)" },
  "-": { background: "color-mix(in srgb, var(--mantine-color-red-6) 16%, transparent)" },
};

export function Diff({ lines }: { lines: readonly string[] }) {
  return (
    <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", maxHeight: 360, overflow: "auto" }} tabIndex={0}>
      {lines.filter((line) => !line.startsWith("@@")).map((line, n) => <span key={n} style={{ display: "block", ...LOOK[line[0] ?? ""] }}>{line || " "}</span>)}
    </Code>
  );
}
