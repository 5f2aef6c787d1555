// Which plans are asked for. Pure.
import type { PlanSummary } from "@/api/types";

export interface Wanted { text: string; state: string; kind: string }

export function listed(plans: readonly PlanSummary[], { text, state, kind }: Wanted): PlanSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return plans.filter((plan) => {
    const about = `${plan.version} ${plan.title} ${plan.candidate?.release ?? ""}`.toLowerCase();
    return (state === "" || plan.state === state) && (kind === "" || plan.kind === kind) && words.every((word) => about.includes(word));
  });
}
