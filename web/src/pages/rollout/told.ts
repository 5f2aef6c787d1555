// A rollout's events in words, and which of them are marked on the charts. Pure.
import type { Rollout, TidegateEvent } from "@/api/types";
import type { Tone } from "@/parts/Mark";
import { causeInWords, happened, STAGES } from "./bodies";

export interface Said {
  text: string;
  tone: Tone;
  /** Told only to whoever wants everything. */
  minor?: boolean;
  /** On the charts: a word or two. */
  mark?: string;
}

export function said(event: TidegateEvent, { legs }: Pick<Rollout, "legs">): Said {
  const { name, body } = happened(event);
  const of = (index: number) => (legs.length > 1 ? ` of ${legs[index]?.component ?? ""}` : "");
  const step = (leg: number, index: number) => {
    const plan = legs[leg]?.plan ?? [];
    return `step ${index + 1} of ${plan.length}${of(leg)} (${plan[index]?.name ?? ""})`;
  };
  switch (name) {
    case "Started":
      return { text: `started by ${body.by}`, tone: "moving" };
    case "SlotGained":
      return { text: `${body.slot.environment}/${body.slot.component} is free for it`, tone: "quiet" };
    case "Began":
      return { text: "began", tone: "quiet", minor: true };
    case "StepEntered":
      return { text: `entered ${step(body.leg, body.step)}`, tone: "moving", mark: legs[body.leg]?.plan[body.step]?.name ?? "step" };
    case "StageEntered":
      return { text: `${STAGES[body.stage] ?? body.stage}${of(body.leg)}`, tone: "quiet" };
    case "Seen": {
      const { leg, candidate, stable } = body.observation;
      const why = candidate.reason === "" ? "" : `: ${candidate.reason}`;
      return { text: `seen${of(leg)}: ${candidate.ready.length} of ${candidate.instances} candidate and ${stable.ready.length} of ${stable.instances} stable instances ready${why}`, tone: "quiet", minor: true };
    }
    case "Judged": {
      const { action, explanation, verdict } = body.judgement;
      const tone = verdict === "fail" ? "bad" : verdict === "pass" ? "good" : action === "Hold" ? "warn" : "quiet";
      return { text: `the analysis${of(body.leg)}: ${explanation}`, tone, ...(verdict === "inconclusive" ? {} : { mark: verdict }) };
    }
    case "Confirmed":
      return { text: `let go on by ${body.by}`, tone: "moving", mark: "let go" };
    case "Held":
      return { text: `held by ${body.by}${reason(body.reason)}`, tone: "warn", mark: "held" };
    case "Resumed":
      return { text: `resumed by ${body.by}`, tone: "moving", mark: "resumed" };
    case "GatesClosed":
      return { text: `gates closed: ${body.gates.map(({ gate, why }) => `${gate}, ${why}`).join("; ")}`, tone: "warn", mark: "gates closed" };
    case "GatesOpened":
      return { text: "gates opened", tone: "good", mark: "gates open" };
    case "Skipped":
      return { text: `${body.by} skipped to ${step(body.leg, body.step)}`, tone: "moving" };
    case "Promoted":
      return { text: `promoted by ${body.by}`, tone: "moving", mark: "promoted" };
    case "LegPromoted":
      return { text: `all of ${legs[body.leg]?.component ?? "it"} is on ${legs[body.leg]?.candidate ?? "the candidate"}`, tone: "good" };
    case "Returning":
      return { text: `goes back: ${causeInWords(body.cause)}`, tone: "bad", mark: "goes back" };
    case "Paced":
      return { text: body.over_seconds === 0 ? "the way back goes on at once" : `the way back takes ${body.over_seconds} s`, tone: "warn" };
    case "ShareLowered":
      return { text: `the share${of(body.leg)} is lowered to ${body.share / 100} %`, tone: "warn" };
    case "LegReturned":
      return { text: `${legs[body.leg]?.component ?? "it"} is as it was`, tone: "quiet" };
    case "FaultSeen":
      return body.fault === "" ? { text: "what was wrong outside has passed", tone: "good" } : { text: `wrong outside: ${body.fault}`, tone: "bad", mark: "fault" };
    case "Alarmed":
      return { text: `a person should look: ${body.reason}`, tone: "bad", mark: "alarm" };
    case "Succeeded":
      return { text: "succeeded", tone: "good", mark: "succeeded" };
    case "RolledBack":
      return { text: `rolled back: ${causeInWords(body.cause)}`, tone: "bad", mark: "rolled back" };
    case "Cancelled":
      return { text: `cancelled: ${causeInWords(body.cause)}`, tone: "quiet", mark: "cancelled" };
    default:
      return { text: event.kind, tone: "quiet", minor: true };
  }
}

function reason(text: string): string {
  return text === "" ? "" : `: ${text}`;
}

export interface Marker {
  atMs: number;
  label: string;
  tone: Tone;
}

export function markers(events: readonly TidegateEvent[], rollout: Pick<Rollout, "legs">): Marker[] {
  return events.flatMap((event) => {
    const { mark, tone } = said(event, rollout);
    return mark === undefined ? [] : [{ atMs: event.at_ms, label: mark, tone }];
  });
}
