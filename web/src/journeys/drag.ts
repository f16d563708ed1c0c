/** A step is picked up, follows the pointer as a copy of its card, and is put down on the nearest `+`. Nothing is drawn by React meanwhile. */
import { useCallback, type PointerEvent as Pressed, type RefObject } from "react";
import type { ReactFlowInstance } from "@xyflow/react";
import type { Spot } from "./edit";
import styles from "./Canvas.module.css";

const BEGINS = 6;
const REACH = 140;
const EDGE = 36;

/** `move(step, spot)` is told once, when it is dropped on a spot; `Escape` lets it go where it was. */
export function useDrag(frame: RefObject<HTMLElement | null>, flow: Pick<ReactFlowInstance, "getViewport" | "setViewport">, move: ((step: string, spot: Spot) => void) | undefined) {
  return useCallback((pressed: Pressed<HTMLElement>) => {
    const card = (pressed.target as HTMLElement).closest<HTMLElement>("[data-step]");
    const step = card?.dataset.step;
    if (!move || !card || !step || step === "trigger" || pressed.button !== 0 || !pressed.isPrimary) return;
    let ghost: HTMLElement | null = null;
    let near: HTMLElement | null = null;
    let spots: { mark: HTMLElement; x: number; y: number }[] = [];
    const begin = card.getBoundingClientRect();
    const measure = () => {
      spots = [...(frame.current?.querySelectorAll<HTMLElement>("[data-spot]") ?? [])].map((mark) => {
        const place = mark.getBoundingClientRect();
        return { mark, x: place.left + place.width / 2, y: place.top + place.height / 2 };
      });
    };
    const lift = () => {
      ghost = card.cloneNode(true) as HTMLElement;
      ghost.removeAttribute("data-step");
      ghost.setAttribute("aria-hidden", "true");
      ghost.classList.add(styles.ghost!);
      Object.assign(ghost.style, { width: `${card.offsetWidth}px`, height: `${card.offsetHeight}px` });
      document.body.append(ghost);
      frame.current?.setAttribute("data-dragging", "");
      card.setAttribute("data-lifted", "");
      measure();
    };
    const follow = (event: PointerEvent) => {
      if (!ghost && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) < BEGINS) return;
      if (!ghost) lift();
      event.preventDefault();
      ghost!.style.transform = `translate(${event.clientX - (pressed.clientX - begin.left)}px, ${event.clientY - (pressed.clientY - begin.top)}px)`;
      pan(event);
      let best: HTMLElement | null = null, least = REACH;
      for (const { mark, x, y } of spots) {
        const far = Math.hypot(event.clientX - x, event.clientY - y);
        if (far < least) [best, least] = [mark, far];
      }
      if (best === near) return;
      near?.removeAttribute("data-near");
      best?.setAttribute("data-near", "");
      near = best;
    };
    /** At an edge of the canvas the journey comes along. */
    const pan = (event: PointerEvent) => {
      const all = frame.current?.getBoundingClientRect();
      if (!all) return;
      const by = (at: number, from: number, to: number) => (at < from + EDGE ? 14 : at > to - EDGE ? -14 : 0);
      const x = by(event.clientX, all.left, all.right), y = by(event.clientY, all.top, all.bottom);
      if (!x && !y) return;
      const now = flow.getViewport();
      void flow.setViewport({ ...now, x: now.x + x, y: now.y + y });
      for (const spot of spots) { spot.x += x; spot.y += y; }
    };
    const drop = (event: Event) => {
      window.removeEventListener("pointermove", follow);
      window.removeEventListener("pointerup", drop);
      window.removeEventListener("pointercancel", drop);
      window.removeEventListener("keydown", escape, true);
      if (!ghost) return;
      ghost.remove();
      near?.removeAttribute("data-near");
      card.removeAttribute("data-lifted");
      frame.current?.removeAttribute("data-dragging");
      // the click that ends a drag opens nothing
      window.addEventListener("click", (click) => { click.stopPropagation(); click.preventDefault(); }, { capture: true, once: true });
      setTimeout(() => window.dispatchEvent(new MouseEvent("click")), 0);
      if (event.type === "pointerup" && near?.dataset.spot) move(step, JSON.parse(near.dataset.spot) as Spot);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !ghost) return;
      event.stopPropagation();
      drop(event);
    };
    window.addEventListener("pointermove", follow);
    window.addEventListener("pointerup", drop);
    window.addEventListener("pointercancel", drop);
    window.addEventListener("keydown", escape, true);
  }, [frame, flow, move]);
}
