// What a flag was at an earlier edition, worked out from how it stands and what each change since made of it. Pure.
import type { FlagChange } from "@/api/types";
import { undone, type Json } from "./json";

/** The server tells no more places of one change. */
const PLACES_MAX = 200;

/** Null where the history does not go back so far, or not in full. `history` is newest first. */
export function definitionAt(history: readonly FlagChange[], environment: string, stands: { definition: Json; edition: number }, wanted: number): Json | null {
  const made = history.filter((change) => change.environment === environment && change.edition != null && change.edition > wanted && change.edition <= stands.edition);
  if (made.length !== stands.edition - wanted || made.some(({ differences }) => differences.length >= PLACES_MAX)) return null;
  return [...made].sort((one, other) => (other.edition ?? 0) - (one.edition ?? 0)).reduce((definition, { differences }) => undone(definition, differences), stands.definition);
}
