// Which items of the scope are shown, and in which order: what waits for a decision first, then what stops the release. Pure.
import type { PlanDecision, PlanFixRisk, PlanMatrix, PlanSeverity } from "@/api/types";
import type { ScopeItem } from "./document";

export const SEVERITIES: PlanSeverity[] = ["trivial", "minor", "major", "critical"];
export const FIX_RISKS: PlanFixRisk[] = ["low", "medium", "high"];

const PLACE: Record<ScopeItem["state"], number> = { new: 0, in: 2, done: 3, out: 4 };

export function scopeWanted(scope: readonly ScopeItem[], { group, text }: { group: string; text: string }): ScopeItem[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const place = ({ state, decision }: ScopeItem) => (decision === "stop-release" && state !== "done" ? 1 : PLACE[state]);
  return scope
    .filter((item) => {
      const about = `${item.id} ${item.title} ${item.component ?? ""} ${item.labels?.join(" ") ?? ""}`.toLowerCase();
      return (group === "" || item.state === group) && words.every((word) => about.includes(word));
    })
    .map((item, index) => ({ item, index }))
    .sort((one, other) => place(one.item) - place(other.item) || one.index - other.index)
    .map(({ item }) => item);
}

/** How bad a bug is against what its fix could break. */
export function severityAgainstRisk(severity: string | null | undefined, fixRisk: string | null | undefined): string {
  if (!severity && !fixRisk) return "Neither its severity nor the risk of a fix is known";
  return `${severity ? `Severity ${severity}` : "Severity not known"} against ${fixRisk ? `a fix of ${fixRisk} risk` : "a fix of unknown risk"}`;
}

/** What the matrix says of a bug; undefined while one of both is not known. */
export function advised(matrix: PlanMatrix | null | undefined, severity: PlanSeverity | null, fixRisk: PlanFixRisk | null): PlanDecision | undefined {
  return severity && fixRisk ? matrix?.[severity][fixRisk] : undefined;
}
