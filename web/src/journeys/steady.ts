/**
 * What is in view stays in view when a panel takes a part of the canvas, or gives it back: where all ways were seen side by side they are
 * drawn smaller if need be, and as they were once there is room again; else what was in the middle stays there.
 */
import type { ReactFlowInstance, Viewport } from "@xyflow/react";
import { useEffect, useRef, type RefObject } from "react";
import type { Node } from "./graph";

const MARGIN = 16;
const SMALLEST = 0.6;
/** By how much ways may run over and still count as seen. */
const SLACK = 2;

type Box = { width: number; height: number };

/** The view of these nodes in a canvas of another width. `usual`: how large they were drawn before they had to be smaller. */
export function fitted(view: Viewport, from: Box, to: Box, nodes: Pick<Node, "x" | "width">[], usual: number): Viewport {
  const left = Math.min(...nodes.map(({ x }) => x)), right = Math.max(...nodes.map(({ x, width }) => x + width));
  const seen = view.x + left * view.zoom >= -SLACK && view.x + right * view.zoom <= from.width + SLACK;
  if (!seen) return { ...view, x: view.x + (to.width - from.width) / 2 };
  const zoom = Math.max(Math.min(view.zoom, SMALLEST), Math.min(usual, (to.width - 2 * MARGIN) / (right - left)));
  return { x: to.width / 2 - (zoom * (left + right)) / 2, y: to.height / 2 - ((from.height / 2 - view.y) / view.zoom) * zoom, zoom };
}

export function useSteady(frame: RefObject<HTMLElement | null>, flow: Pick<ReactFlowInstance, "getViewport" | "setViewport">, nodes: Node[]) {
  const drawn = useRef(nodes);
  useEffect(() => { drawn.current = nodes; });
  useEffect(() => {
    const all = frame.current!;
    let from: Box = { width: all.clientWidth, height: all.clientHeight }, small: { usual: number; made: number } | undefined;
    const observer = new ResizeObserver(() => {
      const to = { width: all.clientWidth, height: all.clientHeight };
      if (from.width && to.width && from.width !== to.width) {
        const view = flow.getViewport(), usual = small?.made === view.zoom ? small.usual : view.zoom;
        const next = fitted(view, from, to, drawn.current, usual);
        small = next.zoom < usual ? { usual, made: next.zoom } : undefined;
        void flow.setViewport(next);
      }
      from = to;
    });
    observer.observe(all);
    return () => observer.disconnect();
  }, [frame, flow]);
}
