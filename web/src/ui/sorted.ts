/** The order of a list that is read whole, as its URL says it: `-people` is by people, the most first. */
import type { DataTableSortStatus } from "mantine-datatable";

/** What each column that can be sorted by is worth, by its accessor. */
export type Worth<T> = Record<string, (row: T) => string | number>;

const NATURAL = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The rows in that order; as they came where it names no column. Rows that are worth the same stay as they came. */
export function sorted<T>(rows: T[], sort: string | undefined, worth: Worth<T>): T[] {
  const of = Object.hasOwn(worth, column(sort)) ? worth[column(sort)] : undefined;
  if (!of) return rows;
  const sign = sort!.startsWith("-") ? -1 : 1;
  const compare = (a: string | number, b: string | number) => (typeof a === "number" && typeof b === "number" ? a - b : NATURAL.compare(String(a), String(b)));
  return rows.map((row): [string | number, T] => [of(row), row]).sort(([a], [b]) => sign * compare(a, b)).map(([, row]) => row);
}

/** The table's word for it. */
export function order<T>(sort: string | undefined): DataTableSortStatus<T> {
  return { columnAccessor: column(sort), direction: sort?.startsWith("-") ? "desc" : "asc" };
}

/** What the URL says once a column's head was pressed: a new column begins with what is most of it, texts with A; a third time takes the order away. */
export function pressed<T>(by: DataTableSortStatus<T>, before: string | undefined, numbers: readonly string[]): string | undefined {
  const name = String(by.columnAccessor), falls = numbers.includes(name);
  if (column(before) !== name) return falls ? `-${name}` : name;
  return before!.startsWith("-") === falls ? (falls ? name : `-${name}`) : undefined;
}

const column = (sort: string | undefined) => (sort ?? "").replace(/^-/, "");
