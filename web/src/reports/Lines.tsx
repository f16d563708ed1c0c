/** A table of figures: sorted and, where it is long, searched as its reader wants, taken away as CSV and as a picture, and a card for each row where the window is narrow. */
import { Button, Group, Table, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Along, Search, Unfound } from "../ui/ListPage";
import { order, pressed, sorted, type Worth } from "../ui/sorted";
import { saveCsv, savePicture, bars, type Bar, type Cell } from "../ui/taken";
import { Wide } from "../ui/Wide";
import classes from "./Lines.module.css";

export interface Column<T> {
  title: string;
  /** What its head says in the file, where that is more. */
  head?: string;
  /** What stands in the file and what it is sorted by; left out where it is only shown. Nothing to say is "". */
  of?: (row: T) => Cell;
  show?: (row: T) => ReactNode;
  wide?: boolean;
}

interface Props<T> {
  /** What the figures are of; the file is called so too. */
  label: string;
  file: string;
  columns: Column<T>[];
  rows: T[];
  idOf: (row: T) => string;
  /** The order as the URL says it, where it may be changed: `sort` is the name of a column, `by` of this table. */
  sort?: { table: string; now: string | undefined };
  /** Draws a row of the picture. */
  bar?: (row: T) => Bar;
}

export function Lines<T>({ label, file, columns, rows: found, idOf, sort, bar }: Props<T>) {
  const navigate = useNavigate();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const [table, by] = (sort?.now ?? "").split(".");
  const now = sort && table === sort.table ? by : undefined;
  const worth: Worth<T> = Object.fromEntries(columns.flatMap(({ title, of }) => (of ? [[title, of]] : [])));
  const { q = "" } = useSearch({ strict: false }) as { q?: string };
  const sought = sort && q.startsWith(`${sort.table}.`) ? q.slice(sort.table.length + 1) : "";
  const named = sought ? found.filter((row) => String(columns[0]?.of?.(row) ?? "").toLowerCase().includes(sought.toLowerCase())) : found;
  const rows = sort ? sorted(named, now, worth) : found;
  const numbers = found.length ? Object.keys(worth).filter((title) => found.some((row) => typeof worth[title]!(row) === "number")) : [];
  const press = (title: string) => {
    const next = pressed({ columnAccessor: title, direction: "asc" }, now, numbers);
    void navigate({ to: ".", search: ((before: object) => ({ ...before, sort: next && `${sort!.table}.${next}` })) as never, replace: true });
  };
  const search = { value: sought, placeholder: `Search ${label.toLowerCase()}`, onChange: (text: string) => void navigate({ to: ".", search: ((before: object) => ({ ...before, q: text ? `${sort!.table}.${text}` : undefined })) as never, replace: true }) };
  const shown = ({ of, show }: Column<T>, row: T): ReactNode => {
    if (show) return show(row);
    const value = of?.(row);
    return typeof value === "number" ? value.toLocaleString("en") : value || "–";
  };
  const [first, ...others] = columns;
  const { direction } = order(now);
  return (
    <Along>
      {(sought || (sort && found.length > LONG)) && <Group mb="sm"><Search {...search} /></Group>}
      {sought && !rows.length ? <Unfound {...search} /> : narrow ? (
        <ul className={classes.cards} aria-label={label}>
          {rows.map((row) => (
            <li key={idOf(row)} data-item>
              <div className={classes.head}>{shown(first!, row)}</div>
              {others.filter((each) => !each.of).map((each) => <div key={each.title} className={classes.bar}>{shown(each, row)}</div>)}
              <dl>{others.map((each) => ({ title: each.title, says: each.of && shown(each, row) })).filter(({ says }) => says).map(({ title, says }) => <div key={title}><dt>{title}</dt><dd>{says}</dd></div>)}</dl>
            </li>
          ))}
        </ul>
      ) : (
        <Wide label={label} least={560}>
          <Table fz="sm" verticalSpacing={7} aria-label={label}>
            <Table.Thead>
              <Table.Tr>
                {columns.map((each, n) => (
                  <Table.Th key={each.title} style={{ whiteSpace: "nowrap" }} ta={n ? "right" : undefined} {...(sort && now?.replace(/^-/, "") === each.title && { "aria-sort": direction === "desc" ? "descending" as const : "ascending" as const })} w={each.wide ? "28%" : undefined}>
                    {each.of && sort ? <UnstyledButton fz="inherit" fw="inherit" onClick={() => press(each.title)}>{each.title}{now?.replace(/^-/, "") === each.title && (direction === "desc" ? " ↓" : " ↑")}</UnstyledButton> : each.title}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>{rows.map((row) => <Table.Tr key={idOf(row)}>{columns.map((each, at) => <Table.Td key={each.title} ta={at ? "right" : undefined}>{shown(each, row)}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
          </Table>
        </Wide>
      )}
      <Group gap={4} mt="xs" justify="flex-end">
        <Button size="compact-xs" variant="subtle" color="gray" aria-label={`CSV of ${label}`} onClick={() => saveCsv(file, [columns.flatMap(({ title, head = title, of }) => (of ? [head] : [])), ...rows.map((row) => Object.values(worth).map((of) => of(row)))])}>CSV</Button>
        {bar && <Button size="compact-xs" variant="subtle" color="gray" aria-label={`PNG of ${label}`} onClick={() => void savePicture(file, bars(label, rows.map(bar), colours()))}>PNG</Button>}
      </Group>
    </Along>
  );
}

/** From how many rows on one looks for a row. */
const LONG = 20;

/** Those of the moment, light or dark, as a picture needs them: written out. */
function colours() {
  const of = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return { ink: getComputedStyle(document.body).color, full: of("--mantine-primary-color-filled"), empty: of("--hover") };
}

/** A part of a whole as people read it; nothing where there is no whole. */
export function share(part: number, whole: number): string {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

/** The same for a file and for sorting: percent, to a tenth. */
export function percent(part: number, whole: number): Cell {
  return whole ? Math.round((1000 * part) / whole) / 10 : "";
}
