/** Where a row of links is longer than the page, as on a telephone: the one where one is stays in view. */
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

export function useOwnInView() {
  const { pathname } = useLocation();
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const all = row.current, own = all?.querySelector<HTMLElement>("[data-status=active]");
    if (all && own) all.scrollLeft = Math.max(0, own.offsetLeft + own.offsetWidth / 2 - all.clientWidth / 2);
  }, [pathname]);
  return row;
}
