/** Autosave: what is edited is written a moment after the last change, over the revision it was read at, never over somebody else's. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Refused } from "./client";

/** As which it is said that nothing answers: no connection, or none of the server behind its door. */
const AWAY = [0, 502, 503, 504];

export type Saving = "saved" | "waiting" | "saving" | "overtaken" | "failed";
export const WORDS: Record<Saving, string> = { saved: "Draft saved", waiting: "Saving…", saving: "Saving…", overtaken: "Not saved", failed: "Not saved" };

/**
 * `save(value, etag)` writes and answers the new ETag; it must throw `Refused` with status 412 where somebody was faster. Then nothing
 * more is written until `resume(etag)`: show what is there now and let the person choose. Where no server answers it is tried again and again,
 * as long as the page is there. Call `flush` before leaving the page.
 */
export function useAutosave<T>(first: string, save: (value: T, etag: string) => Promise<string>, wait = 600) {
  const [state, setState] = useState<Saving>("saved");
  const [fault, setFault] = useState<Refused | null>(null);
  const etag = useRef(first);
  const pending = useRef<{ value: T } | null>(null);
  const writing = useRef<Promise<void> | null>(null);
  const stopped = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const left = useRef(false);
  const again = useRef(() => Promise.resolve());
  const latest = useRef(save);
  useEffect(() => {
    latest.current = save;
  });

  const write = useCallback(async () => {
    while (pending.current) {
      const { value } = pending.current;
      pending.current = null;
      setState((now) => (now === "failed" ? now : "saving"));
      try {
        etag.current = await latest.current(value, etag.current);
        setFault(null);
      } catch (error) {
        pending.current ??= { value };
        const refused = error instanceof Refused ? error : new Refused(0, String(error));
        stopped.current = refused.status === 412;
        setFault(refused);
        setState(stopped.current ? "overtaken" : "failed");
        if (AWAY.includes(refused.status) && !left.current) timer.current = setTimeout(() => void again.current(), 3000);
        return;
      }
    }
    setState("saved");
  }, []);

  /** Write what waits; comes back when all of it is written, also where that has begun before. */
  const flush = useCallback((): Promise<void> => {
    clearTimeout(timer.current);
    if (stopped.current) return Promise.resolve();
    writing.current ??= write().finally(() => { writing.current = null; });
    return writing.current;
  }, [write]);

  const change = useCallback(
    (value: T) => {
      pending.current = { value };
      if (stopped.current) return;
      setState("waiting");
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), wait);
    },
    [flush, wait],
  );

  /** Go on from the revision that is there now, with one's own unsaved change or (`drop`) without it. */
  const resume = useCallback(
    (now: string, drop = false) => {
      etag.current = now;
      stopped.current = false;
      if (drop) pending.current = null;
      void flush();
    },
    [flush],
  );

  useEffect(() => {
    left.current = false;
    again.current = flush;
    return () => { left.current = true; void flush(); };
  }, [flush]);
  useEffect(() => {
    const leaving = (event: BeforeUnloadEvent) => {
      if (!pending.current && !writing.current) return;
      void flush();
      event.preventDefault(); // the browser asks whether to leave with something unsaved
    };
    window.addEventListener("beforeunload", leaving);
    return () => window.removeEventListener("beforeunload", leaving);
  }, [flush]);
  return { state, fault, change, flush, resume };
}
