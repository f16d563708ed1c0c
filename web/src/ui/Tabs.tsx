/** The parts of a room, as links in a row: each has an address of its own. */
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import classes from "./Tabs.module.css";

export function Tabs({ label, base, tabs }: { label: string; base: string; tabs: [path: string, label: string][] }) {
  const { pathname } = useLocation();
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    // on a telephone the row is longer than the page: where one is stays in view
    const all = row.current, own = all?.querySelector<HTMLElement>("[data-status=active]");
    if (all && own) all.scrollLeft = Math.max(0, own.offsetLeft + own.offsetWidth - all.clientWidth);
  }, [pathname]);
  return (
    <nav ref={row} className={classes.tabs} aria-label={label}>
      {tabs.map(([path, name]) => <Link key={path} className={classes.tab} to={path ? `${base}/${path}` : base} activeOptions={{ exact: !path, includeSearch: false }}>{name}</Link>)}
    </nav>
  );
}
