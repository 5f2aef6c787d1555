// The releases that were read so far, newest change first, and what a newer page makes of them. Pure.
import type { Release } from "@/api/types";

export interface Known {
  items: Release[];
  /** Where the page behind the last one begins; null when everything is here. */
  next: number | null;
}

/** What is new wins over what was known of the same release. */
export function merge(newer: Known, older: Known | undefined): Known {
  if (!older) return newer;
  const fresh = new Set(newer.items.map(({ version }) => version));
  const rest = older.items.filter(({ version }) => !fresh.has(version));
  const next = older.next === null || newer.next === null ? null : Math.min(older.next, newer.next);
  return { items: [...newer.items, ...rest].sort((a, b) => b.changed_ms - a.changed_ms), next };
}
