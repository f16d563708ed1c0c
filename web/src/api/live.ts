/** Live parts: follow an event stream of the server while a component is shown. The browser reconnects by itself, from the last id on. */
import { useEffect, useRef, useState } from "react";
import { standing } from "./client";

/** Calls `heard` with each message. Gives whether the stream is open. `path` null: not yet. */
export function useLive<T>(path: string | null, heard: (news: T) => void): boolean {
  const [open, setOpen] = useState(false);
  const latest = useRef(heard);
  useEffect(() => {
    latest.current = heard;
  });
  useEffect(() => {
    if (!path) return;
    const mark = path.includes("?") ? "&" : "?";
    const source = new EventSource(`${path}${mark}workspace=${encodeURIComponent(standing.workspace)}`);
    source.onopen = () => setOpen(true);
    source.onerror = () => setOpen(false);
    source.onmessage = (message) => {
      if (message.data) latest.current(JSON.parse(message.data) as T); // a comment of the server comes as an empty message
    };
    return () => source.close();
  }, [path]);
  return open;
}
