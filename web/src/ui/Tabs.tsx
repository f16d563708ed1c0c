/** The parts of a room, as links in a row: each has an address of its own. */
import { Link } from "@tanstack/react-router";
import { useOwnInView } from "./inView";
import classes from "./Tabs.module.css";

export function Tabs({ label, base, tabs }: { label: string; base: string; tabs: [path: string, label: string][] }) {
  const row = useOwnInView();
  return (
    <nav ref={row} className={classes.tabs} aria-label={label}>
      {tabs.map(([path, name]) => <Link key={path} className={classes.tab} to={path ? `${base}/${path}` : base} activeOptions={{ exact: !path, includeSearch: false }}>{name}</Link>)}
    </nav>
  );
}
