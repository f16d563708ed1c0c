/**
 * From a journey to a picture: blocks of nested lists, laid out top to bottom. Ways stand side by side and join again below, in the order
 * they are written. Nothing is stored: the same document always gives the same picture, in time linear in its steps.
 */

import { waysOf, type Forms, type Journey, type Path, type Step, type Way } from "./document";
import type { Spot } from "./edit";

export const NODE = { width: 248, height: 64 } as const;
const PILL = { width: 208, height: 28 } as const;
const DOT = { width: 8, height: 8 } as const;
const GAP = { x: 40, y: 44 } as const;

/** `arm`: the head of a way, with what is asked there. `join`: where ways meet again. */
export type Sort = "trigger" | "step" | "arm" | "join" | "end";

export interface Node {
  id: string;
  sort: Sort;
  x: number;
  y: number;
  width: number;
  height: number;
  path: Path;
  step?: Step;
  arm?: Way;
}

export interface Edge {
  id: string;
  source: string;
  target: string;
  /** Where a step goes in that is put on this edge; none where nothing can stand. */
  spot?: Spot;
}

export interface Graph {
  nodes: Node[];
  edges: Edge[];
  width: number;
  height: number;
}

interface Block {
  width: number;
  height: number;
  /** Where its line enters and leaves, from its left. */
  axis: number;
}

/** Lay a journey out. The trigger stands at (0, 0), its middle at x = NODE.width / 2. */
export function layout(journey: Journey, forms: Forms): Graph {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const sizes = new Map<Step, Block>();
  const middle = NODE.width / 2;

  nodes.push({ id: "trigger", sort: "trigger", x: 0, y: 0, ...NODE, path: ["trigger"] });
  const bottom = line(journey.steps, ["steps"], middle, NODE.height, "trigger");
  const end = { id: "end", sort: "end" as const, width: PILL.width, height: PILL.height, path: [] };
  nodes.push({ ...end, x: middle - PILL.width / 2, y: bottom.y + GAP.y });
  connect(bottom.last, "end", { list: ["steps"], index: journey.steps.length });

  const left = Math.min(...nodes.map((node) => node.x));
  const right = Math.max(...nodes.map((node) => node.x + node.width));
  return { nodes, edges, width: right - left, height: bottom.y + GAP.y + PILL.height };

  /** Put a list of steps below `y` with its line at `axis`; gives where it ends, and the last node to go on from. */
  function line(steps: Step[], list: Path, axis: number, y: number, before: string): { y: number; last: string } {
    let last = before;
    let top = y;
    steps.forEach((step, index) => {
      const path = [...list, index];
      const id = step.id;
      top += GAP.y;
      nodes.push({ id, sort: "step", x: axis - NODE.width / 2, y: top, ...NODE, path, step });
      connect(last, id, { list, index });
      top += NODE.height;
      last = id;
      const arms = waysOf(step, path, forms);
      if (arms.length > 0) ({ y: top, last } = fork(step, arms, path, axis, top));
    });
    return { y: top, last };
  }

  /** Put ways side by side below a step, centred on its line, and the dot where those meet again that do not lead out. */
  function fork(step: Step, arms: Way[], path: Path, axis: number, y: number): { y: number; last: string } {
    const blocks = arms.map((arm) => size(arm.steps, arm.list ?? []));
    const width = blocks.reduce((sum, block) => sum + block.width, GAP.x * (blocks.length - 1));
    const join = `${step.id}/join`;
    let left = axis - width / 2;
    let lowest = y;
    const ends: [string, Spot | undefined][] = [];
    arms.forEach((arm, index) => {
      const block = blocks[index] as Block;
      const own = left + block.axis;
      const head = `${step.id}/${index}`;
      const top = y + GAP.y;
      nodes.push({ id: head, sort: "arm", x: own - PILL.width / 2, y: top, ...PILL, path: arm.list?.slice(0, -1) ?? path, arm });
      connect(step.id, head);
      const done = arm.list ? line(arm.steps, arm.list, own, top + PILL.height, head) : { y: top + PILL.height, last: head };
      if (arm.to !== "out") ends.push([done.last, arm.list && { list: arm.list, index: arm.steps.length }]);
      lowest = Math.max(lowest, done.y);
      left += block.width + GAP.x;
    });
    const top = lowest + GAP.y;
    nodes.push({ id: join, sort: "join", x: axis - DOT.width / 2, y: top, ...DOT, path });
    for (const [last, spot] of ends) connect(last, join, spot);
    return { y: top + DOT.height, last: join };
  }

  function connect(source: string, target: string, spot?: Spot): void {
    edges.push({ id: `${source}>${target}`, source, target, ...(spot ? { spot } : {}) });
  }

  /** The room a list needs. */
  function size(steps: Step[], list: Path): Block {
    let half = Math.max(NODE.width, PILL.width) / 2;
    let height = 0;
    steps.forEach((step, index) => {
      const own = sizeOf(step, [...list, index]);
      half = Math.max(half, own.width / 2);
      height += own.height + GAP.y;
    });
    return { width: half * 2, height, axis: half };
  }

  function sizeOf(step: Step, path: Path): Block {
    const known = sizes.get(step);
    if (known) return known;
    const blocks = waysOf(step, path, forms).map((arm) => size(arm.steps, arm.list ?? []));
    const across = blocks.reduce((sum, block) => sum + block.width, GAP.x * Math.max(0, blocks.length - 1));
    const width = Math.max(NODE.width, across);
    const deepest = Math.max(0, ...blocks.map((block) => block.height + PILL.height + GAP.y));
    const found = { width, height: NODE.height + (blocks.length > 0 ? deepest + GAP.y + DOT.height : 0), axis: width / 2 };
    sizes.set(step, found);
    return found;
  }
}
