// Which edition of a thing was read last, so that a change is made only of what its author has seen.
import { placed } from "./place";

const EDITIONS_MAX = 1_000;
const read = new Map<string, string>();

/** `at` is the address that was asked. */
export function noteEdition(at: string, tag: string | null): void {
  read.delete(at);
  if (tag === null) return;
  if (read.size >= EDITIONS_MAX) for (const [oldest] of [...read].slice(0, 1)) read.delete(oldest);
  read.set(at, tag);
}

/** The header for a change of what stands at this path of the API as it was read last; none where it was not read. */
export function ifMatch(path: string): Record<string, string> {
  const tag = read.get(placed(path));
  return tag === undefined ? {} : { "If-Match": tag };
}
