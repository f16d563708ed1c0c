/** Who else has something open, and who wrote its draft last: so that two who edit one thing see each other before they meet in it. */
import { useState } from "react";
import { useLive } from "../api/live";

export interface Around { revision: number; by: string; others: string[] }

export function useAround(kind: string, name: string): Around | null {
  const [around, setAround] = useState<Around | null>(null);
  useLive<Around>(`/api/around?kind=${kind}&name=${encodeURIComponent(name)}`, setAround);
  return around;
}
