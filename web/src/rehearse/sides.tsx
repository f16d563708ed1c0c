/** Which version is meant: the draft, or what is live. */
import { Select } from "@mantine/core";
import type { Schemas } from "../api/client";

export interface Sides { drafted: boolean; live: boolean }
export type Side = "draft" | "live";

export function first(sides: Sides): Side {
  return sides.drafted || !sides.live ? "draft" : "live";
}

export function meant(side: Side): Schemas["SideMeant"] {
  return { what: side, version: 0, document: null };
}

export function SideSelect({ sides, value, onChange, label }: { sides: Sides; value: Side; onChange: (side: Side) => void; label: string }) {
  const open = [...(sides.drafted || !sides.live ? [{ value: "draft", label: "The draft" }] : []), ...(sides.live ? [{ value: "live", label: "What is live" }] : [])];
  return <Select label={label} data={open} value={value} allowDeselect={false} disabled={open.length < 2} onChange={(side) => side && onChange(side as Side)} w={180} />;
}
