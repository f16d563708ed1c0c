/**
 * The pattern of every list: search, sort, keyboard, a URL that can be shared, and pages by cursor.
 *
 * The search stands in the route's typed search params (`q`, and what the room adds); `fetch` reads one page and answers its rows and the
 * cursor of the next. `/` goes to the search field, `j` and `k` or the arrow keys go along the rows, Enter opens one. What is read whole is sorted here
 * (`sorts`), what comes in pages by the server (`sort`, `onSort`). How many rows there are is said to those who can't see them, whenever it changes.
 *
 * `ListPage` is a page, `List` a part of one; `Given` is a list of rows that are there already, such as those of a page that was read whole.
 */
import { Button, Checkbox, Group, Select, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconArrowsSort, IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { DataTable, type DataTableColumn, type DataTableSortStatus } from "mantine-datatable";
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { useKeys } from "./keys";
import classes from "./ListPage.module.css";
import { Empty, Failed, PageHead, Waiting } from "./Page";
import { order, pressed, sorted, type Worth } from "./sorted";

interface Asked<T, C> {
  /** Names what is fetched; must hold everything `fetch` depends on. */
  queryKey: readonly unknown[];
  fetch: (cursor: C | null) => Promise<{ rows: T[]; next: C | null }>;
  refetchInterval?: number;
  /** Rows that are there already, instead of what would be fetched. */
  rows?: T[];
}

interface Shown<T> {
  title: string;
  columns?: DataTableColumn<T>[];
  /** Instead of columns, for rows that are no lines of a table: draws them, each marked as an item (`data-item`). */
  draw?: (rows: T[]) => ReactNode;
  idOf: (row: T) => string;
  /** `unfound`: what to try where it finds nothing. */
  search?: { value: string; placeholder: string; unfound?: string; onChange: (text: string) => void };
  /** Filters beside the search field; or what they are beside these rows (none: not read yet). */
  filters?: ReactNode | ((rows: T[] | undefined) => ReactNode);
  sort?: DataTableSortStatus<T>;
  onSort?: (sort: DataTableSortStatus<T>) => void;
  /** Instead of both, for a list that is read whole: the order as the URL says it, and what each column is worth that can be sorted by. */
  sorts?: { by: string | undefined; worth: Worth<T>; onChange: (by: string | undefined) => void };
  onOpen?: (row: T) => void;
  /** Rows can be chosen, one by one or all that are shown. */
  choosing?: { chosen: Set<string>; called: (row: T) => string; onChange: (chosen: Set<string>) => void };
  /** Shown where there is nothing at all; where a search finds nothing, the search is named. */
  empty: ReactNode;
  /** Rows come by themselves, all the time: how many there are is not said. */
  flows?: boolean;
}

type Props<T, C> = Asked<T, C> & Shown<T>;

export function ListPage<T, C>({ about, actions, ...list }: Props<T, C> & { about?: ReactNode; actions?: ReactNode }) {
  return (
    <>
      <PageHead title={list.title} about={about}>{actions}</PageHead>
      <List {...list} />
    </>
  );
}

/** The list alone, where it is a part of a page. */
export function List<T, C>(props: Props<T, C>) {
  const found = useInfiniteQuery({
    queryKey: props.queryKey,
    queryFn: ({ pageParam }) => props.fetch(pageParam as C | null),
    initialPageParam: null as C | null,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: props.refetchInterval,
    placeholderData: (before) => before,
    enabled: !props.rows,
  });
  const pages = found.data?.pages;
  const there = useMemo(() => props.rows ?? pages?.flatMap((page) => page.rows), [props.rows, pages]);
  // drawn in slices between which the page answers, and given up for newer ones: fifty rows take longer than a frame has
  const drawn = useDeferredValue(there, undefined);
  const rows = drawn?.length === 0 && there?.length ? undefined : drawn; // until the first are drawn, it does not say that there are none
  const more = found.hasNextPage && !props.rows ? { busy: found.isFetchingNextPage, show: () => void found.fetchNextPage() } : undefined;
  return <Found {...props} rows={rows} fault={props.rows ? null : found.error} again={() => void found.refetch()} more={more} />;
}

/** A list of rows that are there already. */
export function Given<T>(props: Shown<T> & { rows: T[] }) {
  return <Found {...props} fault={null} />;
}

interface State<T> { rows: T[] | undefined; fault: Error | null; again?: () => void; more?: { busy: boolean; show: () => void } }

function Found<T>({ rows, fault, again, more, ...list }: Shown<T> & State<T>) {
  return (
    <Along>
      {(list.search || list.filters) && (
        <Group mb="sm" gap="xs" className={classes.tools}>
          {list.search && <Search {...list.search} />}
          {typeof list.filters === "function" ? list.filters(rows) : list.filters}
        </Group>
      )}
      <VisuallyHidden role="status">{!rows || list.flows ? "" : rows.length === 1 ? "1 row" : `${rows.length.toLocaleString("en")} rows`}</VisuallyHidden>
      {fault ? (
        <Failed error={fault} again={again} />
      ) : !rows ? (
        <Waiting rows={8} list />
      ) : rows.length === 0 ? (
        list.search?.value ? <Unfound {...list.search} /> : list.empty
      ) : list.draw ? (
        list.draw(list.sorts ? sorted(rows, list.sorts.by, list.sorts.worth) : rows)
      ) : (
        <Rows {...list} rows={rows} />
      )}
      {rows && more && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={more.busy} onClick={more.show}>Show more</Button>
        </Group>
      )}
    </Along>
  );
}

/** Where the keys go along: rows of a table, or whatever is marked as an item. What opens one is a link, or what is marked as its row's. */
export function Along({ children }: { children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  useKeys((key) => (key === "j" || key === "k") && !isBehind(frame.current!) && along(frame.current!, key === "j" ? 1 : -1), frame);
  const arrows = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], at = event.target as HTMLElement;
    if (!step || !at.closest(`${ITEMS}, [type=search]`) || at.closest("tbody input")) return;
    if (!along(frame.current!, step) && step < 0) frame.current!.querySelector<HTMLElement>("[type=search]")?.focus();
    event.preventDefault();
  };
  return <div ref={frame} data-along onKeyDown={arrows}>{children}</div>;
}

const ITEMS = "tbody tr, [data-item]";
const DIALOG = "[role=dialog]";

/** Whether a dialog stands before it, and takes the keys. */
const isBehind = (frame: HTMLElement) => !frame.closest(DIALOG) && !!document.querySelector(`${DIALOG}[aria-modal=true]`);

/** From row to row, each by what opens it, on through all lists of the page or of the dialog; says whether there was one to go to. */
function along(frame: HTMLElement, step: number): boolean {
  const dialog = frame.closest(DIALOG);
  const rows = [...(dialog ?? document).querySelectorAll(`[data-along] :is(${ITEMS})`)].filter((row) => row.closest(DIALOG) === dialog);
  const heads = rows.flatMap((row) => [...row.querySelectorAll<HTMLElement>("a, [data-row]")].find((each) => each.checkVisibility()) ?? []);
  const at = heads.findIndex((each) => each.closest(ITEMS)!.contains(document.activeElement));
  const next = at < 0 && step < 0 ? undefined : heads[at + step];
  next?.focus();
  return !!next;
}

/** Where a search finds nothing. */
export function Unfound({ value, unfound = "Try fewer letters, or another word for it.", onChange }: { value: string; unfound?: string; onChange: (text: string) => void }) {
  return <Empty title={`Nothing is found for “${value}”`} action={<Button variant="default" onClick={() => onChange("")}>Clear the search</Button>}>{unfound}</Empty>;
}

/** Whether it was the row itself: not what stands in it, nor a dialog that was opened from it, whose events come by as well. */
function pressedRow({ currentTarget, target }: MouseEvent): boolean {
  return currentTarget.contains(target as Node) && !(target as HTMLElement).closest("a,button");
}

function Rows<T>({ rows: found, columns: given = [], idOf, choosing, onOpen, sort, onSort, sorts, title }: Shown<T> & { rows: T[] }) {
  const rows = sorts ? sorted(found, sorts.by, sorts.worth) : found;
  const falling = sorts && found.length > 0 ? Object.keys(sorts.worth).filter((name) => typeof sorts.worth[name]!(found[0]!) === "number") : [];
  const by = sorts ? order<T>(sorts.by) : sort;
  const press = sorts ? (next: DataTableSortStatus<T>) => sorts.onChange(pressed(next, sorts.by, falling)) : onSort;
  const columns = (choosing ? [boxes(rows, idOf, choosing), ...given] : given).map((each) => headed(each, sorts ? String(each.accessor) in sorts.worth : !!each.sortable, by, press));
  return (
    <div role="region" aria-label={title} className={classes.rows}>
      <DataTable<T>
        records={rows} columns={columns} idAccessor={(row) => idOf(row)} withTableBorder={false} highlightOnHover={!!onOpen}
        verticalSpacing={7} fz="sm" emptyState={<></>} // its own would be read aloud below every list
        onRowClick={onOpen && (({ record, event }) => pressedRow(event) && onOpen(record))}
      />
    </div>
  );
}

/**
 * A column with its head: named also where nothing is written there, and with a button inside where rows are sorted by it. The table's own sorting
 * makes the head itself a button, and then it is no head of its cells any more to whoever hears them.
 */
function headed<T>(column: DataTableColumn<T>, sorts: boolean, by: DataTableSortStatus<T> | undefined, press: ((by: DataTableSortStatus<T>) => void) | undefined): DataTableColumn<T> {
  if (column.title === "") return { ...column, title: <VisuallyHidden>{column.accessor === "star" ? "Favourite" : "Actions"}</VisuallyHidden> };
  if (!sorts || !press) return { ...column, sortable: false };
  const direction = by?.columnAccessor === column.accessor ? by.direction : undefined;
  const Arrow = direction === "asc" ? IconArrowUp : direction === "desc" ? IconArrowDown : IconArrowsSort;
  const next = { columnAccessor: column.accessor, direction: direction === "asc" ? "desc" : "asc" } as DataTableSortStatus<T>;
  return {
    ...column, sortable: false,
    title: (
      <UnstyledButton className={classes.sorts} data-by={direction} onClick={() => press(next)}>
        <span>{column.title}</span>
        {direction && <VisuallyHidden>{`, sorted ${direction}ending`}</VisuallyHidden>}
        <Arrow size={14} aria-hidden />
      </UnstyledButton>
    ),
  };
}

/** The column of boxes; the one at its head chooses all that are shown, or none. */
function boxes<T>(rows: T[], idOf: (row: T) => string, { chosen, called, onChange }: NonNullable<Shown<T>["choosing"]>): DataTableColumn<T> {
  const many = rows.filter((row) => chosen.has(idOf(row))).length;
  const put = (which: T[], on: boolean) => {
    const next = new Set(chosen);
    for (const row of which) if (on) next.add(idOf(row)); else next.delete(idOf(row));
    onChange(next);
  };
  return {
    accessor: "chosen",
    title: <Checkbox size="xs" aria-label="Choose all that are shown" checked={many === rows.length} indeterminate={many > 0 && many < rows.length} onChange={(event) => put(rows, event.currentTarget.checked)} />,
    width: 42,
    render: (row) => <Checkbox size="xs" aria-label={`Choose ${called(row)}`} checked={chosen.has(idOf(row))} onClick={(event) => event.stopPropagation()} onChange={(event) => put([row], event.currentTarget.checked)} />,
  };
}

/** The field alone, above what is no table. */
export function Search({ value, placeholder, onChange }: { value: string; placeholder: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const tell = useDebouncedCallback(onChange, 200);
  useEffect(() => setText(value), [value]);
  useKeys((key) => {
    if (key === "/") field.current?.focus();
    return key === "/";
  });
  return (
    <TextInput ref={field} type="search" aria-label={placeholder} placeholder={placeholder} leftSection={<IconSearch size={15} />} w={{ base: "100%", xs: 320 }}
      value={text} onChange={(event) => { setText(event.currentTarget.value); tell(event.currentTarget.value); }} />
  );
}

/** In which order, where no heads of columns can be pressed; the first is the usual one, which the address leaves out. */
export function Order({ choices, value, onChange }: { choices: { value: string; label: string }[]; value: string | undefined; onChange: (by: string | undefined) => void }) {
  const usual = choices[0]!.value;
  return <Select w={{ base: "100%", xs: 170 }} aria-label="Order" data={choices} value={value ?? usual} allowDeselect={false} onChange={(by) => onChange(by === usual ? undefined : by ?? undefined)} />;
}
