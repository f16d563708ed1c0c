/** What may be wider than the page, such as a table on a telephone: where it is, the keyboard scrolls it too, and it says what it is. */
import { useEffect, useRef, useState, type ReactNode } from "react";

/** `least`: how narrow the content gets before it is scrolled, in pixels. */
export function Wide({ label, least, children }: { label: string; least: number; children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const box = frame.current!;
    const seen = new ResizeObserver(() => setOver(box.scrollWidth > box.clientWidth));
    seen.observe(box);
    seen.observe(box.firstElementChild!);
    return () => seen.disconnect();
  }, []);
  return (
    <div ref={frame} style={{ overflowX: "auto" }} {...(over && { role: "region", "aria-label": label, tabIndex: 0 })}>
      <div style={{ minWidth: least }}>{children}</div>
    </div>
  );
}
