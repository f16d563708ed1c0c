/** Which version is meant: the draft, what is live, or an older one. */
import { Select } from "@mantine/core";
import { api, data, type Schemas } from "../api/client";
import { workspace as place } from "../app/routes";
import { useForms } from "../journeys/called";
import type { Journey } from "../journeys/document";
import { oneLine, stepWords } from "../journeys/steps";
import type { Called } from "./words";

/** `older`: versions that are not live any more, the newest first. */
export interface Sides { drafted: boolean; live: boolean; older: number[] }
export type Side = "draft" | "live" | `version ${number}`;

export function first(sides: Sides): Side {
  return sides.drafted || !sides.live ? "draft" : "live";
}

export function meant(side: Side): Schemas["SideMeant"] {
  const version = Number(/^version (\d+)$/.exec(side)?.[1] ?? 0);
  return { what: version ? "version" : side === "draft" ? "draft" : "live", version, document: null };
}

export function open(sides: Sides): { value: Side; label: string }[] {
  return [
    ...(sides.drafted || !sides.live ? [{ value: "draft" as Side, label: "The draft" }] : []),
    ...(sides.live ? [{ value: "live" as Side, label: "What is live" }] : []),
    ...sides.older.map((version) => ({ value: `version ${version}` as Side, label: `Version ${version}` })),
  ];
}

export function SideSelect({ choices, value, onChange, label }: { choices: { value: Side; label: string }[]; value: Side; onChange: (side: Side) => void; label: string }) {
  return <Select label={label} data={choices} value={value} allowDeselect={false} disabled={choices.length < 2} onChange={(side) => side && onChange(side as Side)} w={180} />;
}

/** The journey as a side has it. */
export async function documentOf(journey: string, side: Side): Promise<Journey> {
  const { version } = meant(side);
  const path = { journey };
  const found = version
    ? (await data(api.GET("/api/journeys/{journey}/versions/{version}", { params: { path: { ...path, version } } }))).document
    : side === "live"
      ? (await data(api.GET("/api/journeys/{journey}", { params: { path } }))).document
      : (await data(api.GET("/api/drafts/{kind}/{name}", { params: { path: { kind: "journey", name: journey } } }))).body;
  return found as unknown as Journey;
}

/** What the steps of these documents are called, as on the canvas. */
export function useCalled(documents: (Journey | null | undefined)[]): Called {
  const { workspace } = place.useParams();
  const known = useForms(workspace).data;
  const words = new Map(known ? documents.flatMap((each) => (each ? [...stepWords(each, known)] : [])) : []);
  return (step) => { const found = words.get(step); return found ? oneLine(found) : step; };
}
