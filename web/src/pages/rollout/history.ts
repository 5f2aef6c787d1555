// A rollout as it stood at an instant, told from its events; and how its share moved. Pure: the same events and the same
// instant give the same picture, which is what a replay shows.
import type { Leg, Rollout, TidegateEvent } from "@/api/types";
import { causeInWords, happened, judgementOf, shareOf, STAGES, type Happened } from "./bodies";

export interface Past {
  rollout: Rollout;
  /** Who promoted it, until it is all there. */
  promotedBy: string | null;
  /** For each leg, since when it is in its stage. */
  sinceMs: number[];
  paced: boolean;
}

/** Before its first event. */
function beginning(now: Rollout): Past {
  const legs = now.legs.map((leg): Leg => ({
    ...leg, step: 1, step_name: leg.plan[0]?.name ?? "", stage: "waiting for its turn", weight: leg.stable == null ? null : 0,
    wanted_weight: 0, candidate_ready: 0, candidate_wanted: 0, restarts: 0, reason: null, judgement: null,
  }));
  const rollout: Rollout = { ...now, state: "waiting", cause: null, hold: null, fault: null, alarmed: false, next: null, legs };
  return { rollout, promotedBy: null, sinceMs: legs.map(() => now.started_ms), paced: false };
}

/** `now` is the rollout as it stands, for what never changes: its plan, its versions. */
export function at(now: Rollout, events: readonly TidegateEvent[], atMs: number): Past {
  let past = beginning(now);
  for (const event of events) {
    if (event.at_ms > atMs) break;
    past = after(past, happened(event), event.at_ms);
  }
  return { ...past, rollout: { ...past.rollout, next: next(past, atMs) } };
}

function after(past: Past, { name, body }: Happened, atMs: number): Past {
  const put = (change: Partial<Rollout>): Past => ({ ...past, rollout: { ...past.rollout, changed_ms: atMs, ...change } });
  const leg = (index: number, change: Partial<Leg>, from = past): Past => {
    const legs = from.rollout.legs.map((one, at_) => (at_ === index ? { ...one, ...change } : one));
    const sinceMs = change.stage === undefined ? from.sinceMs : from.sinceMs.map((ms, at_) => (at_ === index ? atMs : ms));
    const component = legs[index]?.component ?? from.rollout.component;
    return { ...from, sinceMs, rollout: { ...from.rollout, changed_ms: atMs, component, legs } };
  };
  switch (name) {
    case "Began":
      return put({ state: "advancing" });
    case "StepEntered": {
      const step = past.rollout.legs[body.leg]?.plan[body.step];
      return leg(body.leg, { step: body.step + 1, step_name: step?.name ?? "", stage: STAGES["Raising"] });
    }
    case "StageEntered":
      return leg(body.leg, { stage: STAGES[body.stage] ?? body.stage, ...wantedIn(past.rollout.legs[body.leg], body.stage, past.paced) });
    case "Seen": {
      const { leg: index, candidate, stable, route } = body.observation;
      const weight = route ? { weight: shareOf(route.traffic) } : {};
      const { ready, instances, restarts, reason } = candidate;
      return leg(index, {
        candidate_ready: ready.length, candidate_wanted: instances, restarts, reason: reason === "" ? null : reason,
        stable_ready: stable.ready.length, stable_wanted: stable.instances, ...weight,
      });
    }
    case "Judged":
      return leg(body.leg, { judgement: judgementOf(body) });
    case "Held":
      return { ...put({ state: "held", hold: { by: body.by, reason: body.reason } }), promotedBy: null };
    case "Resumed":
      return put({ state: "advancing", hold: null });
    case "Confirmed":
      return put({ state: "advancing" });
    case "Skipped":
      return put({});
    case "Promoted":
      return { ...put({}), promotedBy: body.by };
    case "LegPromoted":
      return { ...leg(body.leg, { stage: STAGES["Promoted"], weight: 10_000, wanted_weight: 10_000 }), promotedBy: null };
    case "Returning":
      return { ...put({ state: "returning", cause: causeInWords(body.cause), hold: null }), promotedBy: null };
    case "Paced":
      return { ...past, paced: body.over_seconds > 0 };
    case "ShareLowered":
      return leg(body.leg, { wanted_weight: body.share });
    case "LegReturned":
      return leg(body.leg, { stage: STAGES["Returned"], wanted_weight: 0 });
    case "FaultSeen":
      return put({ fault: body.fault === "" ? null : body.fault });
    case "Alarmed":
      return put({ alarmed: true });
    case "Succeeded":
      return put({ state: "succeeded", cause: null });
    case "RolledBack":
      return put({ state: "rolled-back", cause: causeInWords(body.cause) });
    case "Cancelled":
      return put({ state: "cancelled", cause: causeInWords(body.cause) });
    default:
      return past;
  }
}

/** A share is wanted from the moment in which traffic is to move. */
function wantedIn(leg: Leg | undefined, stage: string, paced: boolean): Partial<Leg> {
  if (stage === "Shifting") return { wanted_weight: leg?.plan[leg.step - 1]?.weight ?? 0 };
  // The first of ten even steps is at once; the others are told.
  if (stage === "ShiftingBack" && paced) return { wanted_weight: Math.round((leg?.weight ?? 0) * 0.9) };
  return ["ShiftingBack", "Emptying", "Removing", "Returned"].includes(stage) ? { wanted_weight: 0 } : {};
}

function next({ rollout, sinceMs }: Past, atMs: number): Rollout["next"] {
  const index = rollout.legs.findIndex(({ component }) => component === rollout.component);
  const leg = rollout.legs[index];
  if (!leg || rollout.state !== "advancing" || leg.stage !== STAGES["Dwelling"]) return null;
  const [step, coming] = [leg.plan[leg.step - 1], leg.plan[leg.step]];
  const end = (sinceMs[index] ?? atMs) + (step?.dwell_seconds ?? 0) * 1000;
  return { what: coming ? `${coming.name} of ${leg.component}` : "done", in_ms: Math.max(0, end - atMs) };
}

export interface Moved {
  atMs: number;
  wanted: number;
  /** As read back; null where nobody answers. */
  read: number | null;
}

/** Every change of a leg's share, wanted and read back. */
export function shares(now: Rollout, events: readonly TidegateEvent[], index: number): Moved[] {
  const moved: Moved[] = [];
  let past = beginning(now);
  for (const event of events) {
    past = after(past, happened(event), event.at_ms);
    const leg = past.rollout.legs[index];
    if (!leg) continue;
    const [wanted, read] = [leg.wanted_weight, leg.weight ?? null];
    const last = moved.at(-1);
    if (!last || last.wanted !== wanted || last.read !== read) moved.push({ atMs: event.at_ms, wanted, read });
  }
  return moved;
}
