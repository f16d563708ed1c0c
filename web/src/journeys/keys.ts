import type { KeyboardEvent } from "react";
import type { Hands } from "./shown";

/** What the keys do to the card that has the focus; says whether the key meant something. */
export function handle(event: KeyboardEvent<HTMLElement>, hands: Hands): boolean {
  const id = (event.target as HTMLElement).dataset.step;
  if (!id) return false;
  const command = event.ctrlKey || event.metaKey;
  const act = (): (() => void) | undefined => {
    if (command) return { c: () => hands.copy(id), v: () => hands.paste(id), d: () => hands.duplicate(id), x: () => { hands.copy(id); hands.remove(id); } }[event.key.toLowerCase()];
    if (event.altKey) return { ArrowUp: () => hands.shift(id, -1), ArrowDown: () => hands.shift(id, 1) }[event.key];
    return { Delete: () => hands.remove(id), Backspace: () => hands.remove(id), "+": () => hands.addAfter(id), Insert: () => hands.addAfter(id) }[event.key];
  };
  const done = act();
  if (!done) return false;
  event.preventDefault();
  done();
  return true;
}
