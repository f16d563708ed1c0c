/**
 * A journey while it is edited: what is on the screen, what was before (undo), what is written (autosave), and who else is at it.
 *
 * Nobody writes over anybody. Where somebody was quicker, both edits are brought together by the server, from the document both began with;
 * what both changed in different ways is a `conflict`, and waits for a choice before anything more is written.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, data, type Refused, type Schemas } from "../api/client";
import { useAutosave, type Saving } from "../api/autosave";
import { useLive } from "../api/live";
import { told } from "../ui/told";
import type { Journey } from "./document";
import * as stored from "../drafts/stored";
import { useHistory } from "../drafts/useHistory";

export interface Draft { body: Journey; etag: string; by: string }
export interface Conflict { by: string; etag: string; theirs: Journey; made: Journey; points: Schemas["MergeConflict"][] }

export interface Editing {
  journey: Journey;
  /** Show another document, to be written in a moment. Edits with one `mark`, one soon after another, are one step of undo. */
  edit: (next: Journey, mark?: string) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  saving: Saving;
  fault: Refused | null;
  flush: () => Promise<void>;
  others: string[];
  conflict: Conflict | null;
  settle: (chosen: Journey) => void;
  /** Whether anything is written as a draft yet. */
  begun: boolean;
}

/** The draft there is; where there is none, null. */
export async function draftOf(name: string): Promise<Draft | null> {
  const found = await stored.read("journey", name);
  return found && { body: { ...(found.body as unknown as Journey), journey: name }, etag: found.etag, by: found.changed_by };
}

export const writeDraft = (name: string, body: Journey, etag: string) => stored.write("journey", name, { ...body }, etag);

/** Milliseconds until it is tried again to bring both together, where the server was not reached. */
const AGAIN = 3000;

/** `gone`: somebody has published or discarded the draft meanwhile. */
export function useDraft(name: string, first: Draft | null, live: Journey, gone: () => void): Editing {
  const [begun, setBegun] = useState(first !== null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [others, setOthers] = useState<string[]>([]);
  const written = useRef({ body: first?.body ?? live, etag: first?.etag ?? "" });
  const shown = useRef(first?.body ?? live);

  const saving = useAutosave<Journey>(first?.etag ?? "", async (body, etag) => {
    const now = await writeDraft(name, body, etag);
    written.current = { body, etag: now };
    setBegun(true);
    return now;
  });
  const { change, resume, flush } = saving;

  const changed = useCallback((next: Journey) => { shown.current = next; change(next); }, [change]);
  const { now: journey, edit: keep, take, undo, redo } = useHistory(first?.body ?? live, changed);
  const edit = useCallback((next: Journey, mark = "") => { if (next !== shown.current) keep(next, mark); }, [keep]);
  /** Show a document that is not only one's own edit. */
  const show = useCallback((next: Journey) => { shown.current = next; take(next); }, [take]);

  /** Somebody wrote another revision: bring theirs and ours together. What is edited while they are brought together is brought in too. */
  const meet = useCallback(async () => {
    for (;;) {
      const found = await draftOf(name);
      if (!found) return gone();
      const ours = shown.current, before = written.current;
      if (found.etag === before.etag) return;
      const made = await data(api.POST("/api/drafts/merge", { body: { base: { ...before.body }, ours: { ...ours }, theirs: { ...found.body } } }));
      if (shown.current !== ours || written.current !== before) continue;
      const document = made.document as unknown as Journey;
      const who = found.by || "Somebody";
      if (made.conflicts.length) return setConflict({ by: who, etag: found.etag, theirs: found.body, made: document, points: made.conflicts });
      const quiet = JSON.stringify(ours) === JSON.stringify(before.body);
      written.current = { body: found.body, etag: found.etag };
      show(quiet ? found.body : document);
      if (quiet) return resume(found.etag, true);
      change(document);
      resume(found.etag);
      return told(`${who} changed this too: both changes are in.`);
    }
  }, [name, gone, show, change, resume]);

  const settle = useCallback((chosen: Journey) => {
    if (!conflict) return;
    written.current = { body: conflict.theirs, etag: conflict.etag };
    show(chosen);
    setConflict(null);
    change(chosen);
    resume(conflict.etag);
  }, [conflict, show, change, resume]);

  const overtaken = saving.state === "overtaken";
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!overtaken || conflict) return;
    let soon: ReturnType<typeof setTimeout> | undefined;
    meet().catch(() => { soon = setTimeout(() => setTries((before) => before + 1), AGAIN); });
    return () => clearTimeout(soon);
  }, [overtaken, conflict, meet, tries]);

  useLive<{ revision: number; by: string; others: string[] }>(`/api/around?kind=journey&name=${encodeURIComponent(name)}`, (news) => {
    setOthers(news.others);
    const own = stored.revisionOf(written.current.etag);
    if (news.revision === 0 && own > 0) gone();
    else if (news.revision > own && !conflict && saving.state === "saved") meet().catch(() => undefined); // whoever edits next meets them
  });

  return { journey, edit, undo, redo, saving: saving.state, fault: saving.fault, flush, others, conflict, settle, begun };
}
