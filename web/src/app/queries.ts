/** What the server said, kept for a while; a lost session leads to the sign-in page, from wherever it shows. */
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { Refused } from "../api/client";

/** Whether the server can be reached, as far as was asked; who wants to know when that changes. */
let answers = true;
const told = new Set<() => void>();
function heard(now: boolean) {
  if (answers === now) return;
  answers = now;
  for (const tell of told) tell();
}

export function useAnswers(): boolean {
  return useSyncExternalStore((tell) => { told.add(tell); return () => { told.delete(tell); }; }, () => answers);
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onSuccess: () => heard(true),
    onError(error, query) {
      if (!(error instanceof Refused)) return;
      if (error.code === "sign_in" && !location.pathname.startsWith("/login")) {
        location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      }
      if (error.status === 0) heard(false);
      // asked anew in vain, what was there stays: nobody's page goes while they work on it
      if (query.state.data !== undefined && (error.status === 0 || error.status >= 500)) query.setState({ status: "success", error: null });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && (!(error instanceof Refused) || error.status === 0 || error.status === 503),
    },
  },
});
