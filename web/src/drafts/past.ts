/** Undo and redo: documents before and after the one that is shown. Documents are never changed in place, so keeping one costs nothing. */

export interface History<T> {
  before: T[];
  now: T;
  after: T[];
  mark: string;
  at: number;
}

/** Milliseconds within which edits of one mark are one step: typing a word is one, not seven. */
const TOGETHER = 1500;
const KEPT = 200;

export function begin<T>(now: T): History<T> {
  return { before: [], now, after: [], mark: "", at: 0 };
}

/** The mark of an edit that is no step of its own: the same, put into its form. */
export const SAME = "=";

export function edit<T>(history: History<T>, now: T, mark: string, at: number): History<T> {
  if (mark === SAME) return { ...history, now };
  const together = mark !== "" && mark === history.mark && at - history.at < TOGETHER && history.before.length > 0;
  return { before: together ? history.before : [...history.before, history.now].slice(-KEPT), now, after: [], mark, at };
}

export function undo<T>(history: History<T>): History<T> {
  const now = history.before.at(-1);
  if (now === undefined) return history;
  return { before: history.before.slice(0, -1), now, after: [history.now, ...history.after], mark: "", at: 0 };
}

export function redo<T>(history: History<T>): History<T> {
  const [now, ...after] = history.after;
  if (now === undefined) return history;
  return { before: [...history.before, history.now], now, after, mark: "", at: 0 };
}
