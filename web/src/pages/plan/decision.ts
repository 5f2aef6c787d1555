// Who may say what at a decision, as far as the page can know: the server decides. Pure.
import type { GoNoGo, PlanVote } from "@/api/types";

export const choiceWord = (choice: string): string => (choice === "no-go" ? "no-go" : choice === "go" ? "go" : "withdrawn");

/** While a candidate is looked at, and nothing is on hold. */
function decides({ phase, state }: GoNoGo): boolean {
  return phase === "candidate" && state !== "on-hold";
}

export function mayCall(seen: GoNoGo, me: string): boolean {
  return decides(seen) && seen.decider === me;
}

export function mayVote(seen: GoNoGo, { person }: PlanVote, me: string): boolean {
  return decides(seen) && person === me;
}

export function closedGates({ gates }: GoNoGo): number {
  return gates.flatMap((one) => one.gates).filter(({ open }) => !open).length;
}
