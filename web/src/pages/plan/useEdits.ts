// Whether a plan's document may be changed, and whether something may be said about its entries. The server decides; this only
// offers what it would not refuse for certain.
import { useMay } from "@/api/may";
import type { Plan } from "@/api/types";

const WRITTEN = new Set(["draft", "planned", "frozen", "candidate"]);
/** From here on scope, components and roles stand. */
const FROZEN = new Set(["frozen", "candidate", "go", "rolling-out"]);

export function useEdits({ phase }: Pick<Plan, "phase">): boolean {
  return useMay()("create-release") && WRITTEN.has(phase);
}

export function useMarks({ phase }: Pick<Plan, "phase">): boolean {
  return useMay()("sign") && phase !== "cancelled";
}

export const isFrozen = (phase: string): boolean => FROZEN.has(phase);
