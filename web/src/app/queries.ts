/** What the server said, kept for a while; a lost session leads to the sign-in page, from wherever it shows. */
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Refused } from "../api/client";

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error) {
      if (error instanceof Refused && error.code === "sign_in" && !location.pathname.startsWith("/login")) {
        location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && (!(error instanceof Refused) || error.status === 0 || error.status === 503),
    },
  },
});
