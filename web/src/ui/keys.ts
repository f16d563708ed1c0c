/** Keys that do something by themselves, where nobody types. Whoever speaks to the machine would press them by talking, and switches them off. */
import { useEffect, useRef, type RefObject } from "react";

const OFF = "tidings-single-keys-off";
const ELSEWHERE = "input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable],[role=dialog],[role=menu],[role=listbox],[role=application]";

export function areOn(): boolean {
  return localStorage.getItem(OFF) === null;
}

export function switchTo(on: boolean): void {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

/** `does` says whether the key meant something; what it does besides is then left undone. `frame`: for what it is; in a dialog, if it stands there. */
export function useKeys(does: (key: string) => boolean, frame?: RefObject<HTMLElement | null>): void {
  const now = useRef(does);
  useEffect(() => { now.current = does; });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const elsewhere = (event.target as HTMLElement).closest(ELSEWHERE);
      const here = elsewhere?.getAttribute("role") === "dialog" && frame?.current && elsewhere.contains(frame.current);
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || (elsewhere && !here) || !areOn()) return;
      if (now.current(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [frame]);
}
