// Where a release was brought and what came of it, told from its events. Pure.
import type { TidegateEvent } from "@/api/types";

export interface Visit {
  rollout: string;
  environment: string;
  by: string;
  fromMs: number;
  outcome: "under-way" | "verified" | "gone-back";
  endMs: number | null;
  reason: string | null;
}

interface Body {
  environment?: string;
  rollout?: string;
  reason?: string;
}

/** Newest first. */
export function visits(events: readonly TidegateEvent[]): Visit[] {
  const found = new Map<string, Visit>();
  for (const { kind, body, actor, at_ms } of events) {
    const { environment, rollout, reason } = (typeof body === "object" && body !== null ? Object.values(body)[0] : {}) as Body;
    if (rollout === undefined || environment === undefined) continue;
    if (kind === "release.entered") found.set(rollout, { rollout, environment, by: actor, fromMs: at_ms, outcome: "under-way", endMs: null, reason: null });
    const visit = found.get(rollout);
    if (!visit) continue;
    if (kind === "release.verified") found.set(rollout, { ...visit, outcome: "verified", endMs: at_ms });
    if (kind === "release.went-back") found.set(rollout, { ...visit, outcome: "gone-back", endMs: at_ms, reason: reason ?? null });
  }
  return [...found.values()].sort((a, b) => b.fromMs - a.fromMs);
}

/** Since when it stands there as it does. */
export function sinceMs(all: readonly Visit[], environment: string): number | null {
  const last = all.find((visit) => visit.environment === environment);
  return last ? (last.endMs ?? last.fromMs) : null;
}
