/**
 * A draft that is written as a whole: what is shown, what was before (undo), what is written (autosave), who else is at it.
 *
 * Nobody writes over anybody. Texts are not merged: where somebody was quicker, nothing more is written until one of both is chosen.
 */
import { useCallback, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useAutosave, type Saving } from "../api/autosave";
import type { Refused } from "../api/client";
import { session } from "../session/session";
import { useAround } from "./around";
import { revisionOf } from "./stored";
import { useHistory } from "./useHistory";

export interface Whole<T> {
  now: T;
  /** Edits with one `mark`, one soon after another, are one step of undo. */
  edit: (next: T, mark?: string) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  saving: Saving;
  fault: Refused | null;
  /** Of the draft as it was written last; "" where there is none yet. */
  etag: string;
  flush: () => Promise<void>;
  /** Who else has it open. */
  others: string[];
  /** Who wrote it meanwhile, while nothing of one's own waits; "": nobody. */
  news: string;
  /** Where somebody was quicker: write one's own over what they wrote. */
  mine: () => Promise<void>;
}

const NOBODY: string[] = [];

/** `stands`: the ETag of the draft there is now, "" for none. */
export function useWhole<T>(kind: string, name: string, first: { value: T; etag: string }, write: (value: T, etag: string) => Promise<string>, stands: () => Promise<string>): Whole<T> {
  const { data: me } = useQuery(session);
  const [etag, setEtag] = useState(first.etag);
  const saving = useAutosave<T>(first.etag, async (value, own) => {
    const made = await write(value, own);
    setEtag(made);
    return made;
  });
  const { change, resume, flush } = saving;
  const { now, edit, undo, redo } = useHistory(first.value, change);
  const around = useAround(kind, name);
  const news = around && around.revision > revisionOf(etag) && around.by !== me?.email && saving.state === "saved" ? around.by : "";
  const mine = useCallback(async () => resume(await stands()), [resume, stands]);
  return { now, edit, undo, redo, saving: saving.state, fault: saving.fault, etag, flush, others: around?.others ?? NOBODY, news, mine };
}
