/** Which part of the canvas is shown: as much of it is moved, or made smaller, as is needed for a step and its ways to be seen. */
import type { Graph } from "./graph";

/** Below this, words on cards can't be read. */
export const SMALLEST = 0.6;
const EDGE = 16;
/** Below the head of a way stands what adds a step to it. */
const PLUS = 40;

export interface Viewport { x: number; y: number; zoom: number }
export interface Box { left: number; right: number; top: number; bottom: number }

/** How many ways lead out of a step. */
export const headsOf = (graph: Graph, step: string | undefined): number => (step ? ways(graph, step).length : 0);

/** What a step and the heads of its ways take up. */
export function boxOf(graph: Graph, step: string): Box {
  const all = [...graph.nodes.filter(({ id }) => id === step), ...ways(graph, step)];
  return {
    left: Math.min(...all.map(({ x }) => x)), right: Math.max(...all.map(({ x, width }) => x + width)),
    top: Math.min(...all.map(({ y }) => y)), bottom: Math.max(...all.map(({ y, height }) => y + height)) + PLUS,
  };
}

/** Where to look so that a box is in view; null where it is, or where it is too large to be read so. */
export function within({ x, y, zoom }: Viewport, box: Box, width: number, height: number): Viewport | null {
  const scale = Math.min(zoom, (width - 2 * EDGE) / (box.right - box.left));
  if (scale < Math.min(zoom, SMALLEST)) return null;
  const middle = ((box.left + box.right) / 2) * zoom + x, top = box.top * zoom + y;
  const next = {
    x: shifted(middle - ((box.left + box.right) / 2) * scale, box.left * scale, box.right * scale, width),
    y: shifted(top - box.top * scale, box.top * scale, box.bottom * scale, height), zoom: scale,
  };
  return next.x === x && next.y === y && scale === zoom ? null : next;
}

const ways = ({ nodes }: Graph, step: string) => nodes.filter(({ id, sort }) => sort === "arm" && id.slice(0, id.lastIndexOf("/")) === step);

function shifted(at: number, from: number, to: number, room: number): number {
  if (from + at < EDGE) return EDGE - from;
  return to + at > room - EDGE ? Math.max(room - EDGE - to, EDGE - from) : at;
}
