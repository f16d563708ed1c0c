/** A document while it is edited, with undo and redo: whoever edits it any way tells `changed` what it is now. */
import { useCallback, useMemo, useState } from "react";
import * as past from "./past";

export interface Edited<T> {
  now: T;
  /** Edits with one `mark`, one soon after another, are one step of undo. */
  edit: (next: T, mark?: string) => void;
  /** Show what came from elsewhere, as a step of undo of its own; `changed` is not told. */
  take: (next: T) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
}

export function useHistory<T>(first: T, changed: (now: T) => void): Edited<T> {
  const [history, setHistory] = useState(() => past.begin(first));
  const take = useCallback((next: T, mark = "") => setHistory((before) => past.edit(before, next, mark, Date.now())), []);
  const edit = useCallback((next: T, mark = "") => { take(next, mark); changed(next); }, [take, changed]);
  const back = useCallback((next: past.History<T>) => { setHistory(next); changed(next.now); }, [changed]);
  const undo = useMemo(() => (history.before.length ? () => back(past.undo(history)) : undefined), [history, back]);
  const redo = useMemo(() => (history.after.length ? () => back(past.redo(history)) : undefined), [history, back]);
  return { now: history.now, edit, take, undo, redo };
}
