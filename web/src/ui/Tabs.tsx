/** The parts of a room, as links in a row: each has an address of its own. */
import { Link } from "@tanstack/react-router";
import classes from "./Tabs.module.css";

export function Tabs({ label, base, tabs }: { label: string; base: string; tabs: [path: string, label: string][] }) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map(([path, name]) => <Link key={path} className={classes.tab} to={`${base}/${path}`} activeOptions={{ includeSearch: false }}>{name}</Link>)}
    </nav>
  );
}
