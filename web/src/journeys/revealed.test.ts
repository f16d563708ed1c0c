import { describe, expect, it } from "vitest";
import type { Graph, Node } from "./graph";
import { boxOf, headsOf, within } from "./revealed";

const node = (id: string, sort: Node["sort"], x: number, y: number): Node => ({ id, sort, x, y, width: 200, height: 50, path: [] });
const graph: Graph = { width: 840, height: 0, edges: [], nodes: [node("split", "step", 300, 0), ...[0, 1, 2].map((n) => node(`split/${n}`, "arm", n * 300, 100)), node("split/0/0", "arm", -900, 0)] };

describe("a step and its ways", () => {
  it("are known by their ids", () => {
    expect(headsOf(graph, "split")).toBe(3);
    expect(headsOf(graph, undefined)).toBe(0);
    expect(boxOf(graph, "split")).toEqual({ left: 0, right: 800, top: 0, bottom: 190 });
  });
  it("are brought into view by no more than is needed", () => {
    const box = boxOf(graph, "split");
    expect(within({ x: 20, y: 20, zoom: 1 }, box, 840, 400)).toBeNull();
    expect(within({ x: -300, y: 20, zoom: 1 }, box, 840, 400)).toEqual({ x: 16, y: 20, zoom: 1 });
    expect(within({ x: 100, y: 300, zoom: 1 }, box, 840, 400)).toEqual({ x: 24, y: 194, zoom: 1 });
  });
  it("are made smaller where there is no room, but never too small to be read", () => {
    const box = boxOf(graph, "split");
    expect(within({ x: -200, y: 0, zoom: 1 }, box, 632, 400)).toMatchObject({ x: 16, zoom: 0.75 });
    expect(within({ x: -200, y: 0, zoom: 1 }, box, 400, 400)).toBeNull();
    expect(within({ x: -200, y: 16, zoom: 0.4 }, box, 400, 400)).toEqual({ x: 16, y: 16, zoom: 0.4 });
  });
});
