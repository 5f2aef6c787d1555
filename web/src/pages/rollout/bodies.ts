// The bodies of a rollout's events, as far as they are shown: each is an object with the event's name, or the name alone.
import type { Rollout, TidegateEvent } from "@/api/types";

export interface Observed {
  ready: string[];
  instances: number;
  restarts: number;
  reason: string;
}

type Traffic = "Offline" | { Candidate: number };

export interface Bodies {
  Started: { by: string; waiting_for: unknown[] };
  SlotGained: { slot: { environment: string; component: string } };
  Began: null;
  StepEntered: { leg: number; step: number };
  StageEntered: { leg: number; stage: string };
  Seen: { observation: { leg: number; candidate: Observed; stable: Observed; route: { traffic: Traffic } | null } };
  Judged: { leg: number; judgement: { verdict: string; action: string; allowed: number; evidence: number; explanation: string } };
  Confirmed: { by: string };
  Held: { by: string; reason: string };
  Resumed: { by: string };
  GatesClosed: { gates: { gate: string; why: string }[] };
  GatesOpened: null;
  Skipped: { by: string; leg: number; step: number };
  Promoted: { by: string };
  LegPromoted: { leg: number };
  Returning: { cause: unknown };
  Paced: { over_seconds: number };
  ShareLowered: { leg: number; share: number };
  LegReturned: { leg: number };
  FaultSeen: { fault: string };
  Alarmed: { reason: string };
  Succeeded: null;
  RolledBack: { cause: unknown };
  Cancelled: { cause: unknown };
}

export type Happened = { [Name in keyof Bodies]: { name: Name; body: Bodies[Name] } }[keyof Bodies];

export function happened({ body }: TidegateEvent): Happened {
  if (typeof body === "string") return { name: body, body: null } as Happened;
  const [name, inner] = Object.entries(body as Record<string, unknown>)[0] ?? ["Began", null];
  return { name, body: inner } as Happened;
}

/** The share of the candidate, in basis points; null where nobody answers. */
export function shareOf(traffic: Traffic): number | null {
  return traffic === "Offline" ? null : traffic.Candidate;
}

/** Why it goes back, in words. */
export function causeInWords(cause: unknown): string {
  const [kind, inner] = Object.entries((cause ?? {}) as Record<string, Record<string, unknown>>)[0] ?? ["", {}];
  const word = (key: string) => String(inner[key] ?? "");
  const reason = word("reason") === "" ? "" : `: ${word("reason")}`;
  switch (kind) {
    case "Analysis":
      return word("explanation");
    case "Inconclusive":
      return `no verdict: ${word("explanation")}`;
    case "Unready":
      return `${word("component")} is not ready${reason}`;
    case "Deadline":
      return `no progress in ${word("seconds")} s while ${STAGES[word("stage")] ?? word("stage")}`;
    case "Person":
      return `rolled back by ${word("by")}${reason}`;
    case "Aborted":
      return `aborted by ${word("by")}${reason}`;
    case "Superseded":
      return `superseded by ${word("by")}`;
    default:
      return kind;
  }
}

/** As the server says them. */
export const STAGES: Record<string, string> = {
  Pending: "waiting for its turn",
  Raising: "starting the candidate",
  Shifting: "moving traffic",
  Draining: "draining stable",
  Lowering: "stopping stable",
  Dwelling: "watching",
  Promoted: "promoted",
  Restoring: "restoring stable",
  ShiftingBack: "returning traffic",
  Emptying: "draining the candidate",
  Removing: "stopping the candidate",
  Returned: "returned",
};

const ACTIONS: Record<string, NonNullable<Rollout["legs"][number]["judgement"]>["action"]> = {
  Continue: "continue", Stay: "stay", Hold: "hold", RollBack: "roll-back", StepDown: "step-down", Promote: "promote",
};

export function judgementOf({ judgement }: Bodies["Judged"]): NonNullable<Rollout["legs"][number]["judgement"]> {
  return {
    verdict: judgement.verdict as "pass",
    action: ACTIONS[judgement.action] ?? "continue",
    allowed_weight: judgement.allowed,
    evidence: judgement.evidence,
    explanation: judgement.explanation,
  };
}
