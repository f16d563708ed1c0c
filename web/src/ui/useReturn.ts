/** Gives the focus back to what had it when this was shown: what is taken away at once, rather than closed, would leave it nowhere. */
import { useEffect, useState } from "react";

export function useReturn() {
  const [from] = useState(asked);
  useEffect(() => () => {
    if (!document.activeElement || document.activeElement === document.body) from?.focus({ preventScroll: true });
  }, [from]);
}

/** What was pressed; of a menu that closes with it, what opened the menu. */
function asked(): HTMLElement | null {
  const own = document.activeElement as HTMLElement | null;
  const menu = own?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : own;
}
