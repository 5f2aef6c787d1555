// Which flags a filter wants, and in which order. Pure.
import type { Flag, FlagEnvironment, FlagKind } from "@/api/types";

export interface FlagFilter {
  text: string;
  kind: string;
  owner: string;
  environment: string;
  /** How it stands there, or anywhere: `on`, `off`, `nowhere`, or nothing. */
  stands: string;
  stale: boolean;
  order: string;
}

export const KINDS: { value: FlagKind; label: string; about: string }[] = [
  { value: "release", label: "release", about: "deploying now and releasing later; to be removed" },
  { value: "experiment", label: "experiment", about: "comparing variants; to be removed" },
  { value: "operations", label: "operations", about: "a switch for whoever operates it" },
  { value: "permission", label: "permission", about: "who may use what" },
];

export const ORDERS = [
  { value: "", label: "Newest change first" },
  { value: "key", label: "By key" },
  { value: "removal", label: "Soonest removal first" },
  { value: "created", label: "Newest first" },
];

export const STANDS = [
  { value: "", label: "Any" },
  { value: "on", label: "On" },
  { value: "off", label: "Off" },
  { value: "nowhere", label: "Not defined" },
];

export const standsIn = ({ environments }: Flag, environment: string): FlagEnvironment | undefined => environments.find((one) => one.environment === environment);

const ORDERED: Record<string, (one: Flag, other: Flag) => number> = {
  key: (one, other) => (one.key < other.key ? -1 : 1),
  removal: (one, other) => (one.remove_by_ms ?? Infinity) - (other.remove_by_ms ?? Infinity) || other.changed_ms - one.changed_ms,
  created: (one, other) => other.created_ms - one.created_ms,
};

export function wantedOf(flags: readonly Flag[], filter: FlagFilter): Flag[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = flags.filter((flag) => isWanted(flag, words, filter));
  const order = ORDERED[filter.order];
  return order ? found.sort(order) : found.sort((one, other) => other.changed_ms - one.changed_ms);
}

function isWanted(flag: Flag, words: string[], { kind, owner, environment, stands, stale }: FlagFilter): boolean {
  if (kind !== "" && flag.kind !== kind) return false;
  if (owner !== "" && (flag.owner ?? "") !== owner) return false;
  if (stale && flag.stale == null) return false;
  if (!standsSo(flag, environment, stands)) return false;
  const haystack = `${flag.key} ${flag.owner ?? ""} ${flag.description ?? ""} ${flag.release ?? ""}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}

function standsSo(flag: Flag, environment: string, stands: string): boolean {
  const places = environment === "" ? flag.environments : flag.environments.filter((one) => one.environment === environment);
  switch (stands) {
    case "on":
      return places.some(({ on }) => on);
    case "off":
      return places.length > 0 && places.every(({ on }) => !on);
    case "nowhere":
      return places.length === 0;
    default:
      return environment === "" || places.length > 0;
  }
}

export function owners(flags: readonly Flag[]): string[] {
  return [...new Set(flags.flatMap(({ owner }) => (owner ? [owner] : [])))].sort();
}
