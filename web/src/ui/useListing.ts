/** A list that is read whole, as its address asks for it: what is searched for, and by what it is sorted. */
import { useNavigate } from "@tanstack/react-router";
import type { Listing } from "./asked";
import type { Worth } from "./sorted";

export function useListing({ q = "", sort }: Listing) {
  const navigate = useNavigate();
  const narrow = (by: Listing) => void navigate({ to: ".", search: ((before: object) => Object.fromEntries(Object.entries({ ...before, ...by }).filter(([, value]) => value))) as never, replace: true });
  return {
    q,
    /** Whether what a row says has what is searched for in it. */
    found: (words: string) => words.toLowerCase().includes(q.toLowerCase()),
    search: (placeholder: string) => ({ value: q, placeholder, onChange: (text: string) => narrow({ q: text }) }),
    sorts: <T>(worth: Worth<T>) => ({ by: sort, worth, onChange: (by: string | undefined) => narrow({ sort: by }) }),
  };
}
