// Who takes turns, as a form has it, and back. Pure.
import type { Named, PlanRotation } from "@/api/types";

export interface Away {
  person: string;
  from: string;
  until: string;
}

export interface TurnsForm {
  role: string;
  people: string[];
  away: Away[];
  note: string;
}

export const formOf = ({ role, people, away }: PlanRotation): TurnsForm => ({
  role, people: [...people], note: "",
  away: Object.entries(away).flatMap(([person, days]) => days.map(({ from, until }) => ({ person, from, until }))),
});

/** An absence without a last day is one day long. */
export function requestOf({ role, people, away, note }: TurnsForm): Named<"WritePlanRotationRequest"> {
  const days: Record<string, { from: string; until: string }[]> = {};
  for (const { person, from, until } of away) {
    if (from !== "" && people.includes(person)) (days[person] ??= []).push({ from, until: until === "" ? from : until });
  }
  return { role: role.trim() || null, people, away: days, note: note.trim() || null };
}

/** The list with the one at `index` a place earlier or later. */
export function moved(people: readonly string[], index: number, by: -1 | 1): string[] {
  const to = index + by;
  const now = [...people];
  const [one] = now.splice(index, 1);
  if (one === undefined || to < 0 || to >= people.length) return [...people];
  now.splice(to, 0, one);
  return now;
}

export function added(people: readonly string[], name: string): string[] {
  const one = name.trim();
  return one === "" || people.includes(one) ? [...people] : [...people, one];
}

/** The latest day that is still to come is what matters; earlier ones are left out of sight. */
export const awayWords = (days: readonly { from: string; until: string }[], today: string): string =>
  days.filter(({ until }) => until >= today).map(({ from, until }) => (from === until ? from : `${from} to ${until}`)).join(", ");

/** Whether what was asked for should be done by now. */
export const isOverdue = (due: string | null | undefined, today: string): boolean => due != null && due < today;
