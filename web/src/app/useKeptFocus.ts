/**
 * Whoever works by keys stays where they are: what was pressed, and could not be pressed while it was at work, has the focus again; and where
 * what had it has gone, the page has it. Called once, by the frame of all pages.
 */
import { useEffect, type RefObject } from "react";

/** Whoever puts the focus somewhere on purpose has done so by then. */
const SOON = 120;

export function useKeptFocus(main: RefObject<HTMLElement | null>) {
  useEffect(() => {
    let last: HTMLElement | null = null, soon: ReturnType<typeof setTimeout> | undefined;
    const met = ({ target }: FocusEvent) => { last = target as HTMLElement; };
    /** Who leaves it by themselves, for nothing in particular, is not brought back. What is being taken away is still there when it says so. */
    const left = ({ target }: FocusEvent) => setTimeout(() => {
      const it = target as HTMLElement;
      if (last === it && it.isConnected && !it.matches(":disabled")) last = null;
    });
    const give = () => {
      soon = undefined;
      if (!last || document.activeElement !== document.body) return;
      if (!last.isConnected) main.current?.focus({ preventScroll: true });
      else if (!last.matches(":disabled")) last.focus({ preventScroll: true });
    };
    const watch = new MutationObserver(() => { soon ??= setTimeout(give, SOON); });
    watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
    document.addEventListener("focusin", met);
    document.addEventListener("focusout", left);
    return () => {
      watch.disconnect();
      clearTimeout(soon);
      document.removeEventListener("focusin", met);
      document.removeEventListener("focusout", left);
    };
  }, [main]);
}
