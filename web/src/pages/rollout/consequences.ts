// What each action would do to a rollout as it stands, in sentences, and when it can be done at all. Pure; the rules are
// the server's (`crates/domain/src/rollout/decide.rs`), said before the click.
import type { Leg, Rollout } from "@/api/types";
import { count, share } from "@/parts/figures";
import { span } from "@/parts/time";

export type Action = "hold" | "resume" | "promote" | "abort" | "rollback";

export interface Offer {
  label: string;
  consequences: string[];
  /** Why it cannot be done now, where the button is shown all the same. */
  refused?: string;
}

/** What is known beside the rollout. */
export interface Beside {
  /** Requests a second that the candidate gets now, and all so far. */
  perSecond: number | null;
  served: number | null;
  promotedBy: string | null;
  paced: boolean;
}

const isOver = ({ state }: Rollout) => state === "succeeded" || state === "rolled-back" || state === "cancelled";

/** Of a way back the release is the one that it leads away from. */
export function titleOf({ kind, release, environment }: Rollout): string {
  return kind === "rollback" ? `Back from ${release} in ${environment}` : `${release} in ${environment}`;
}

export function moving({ legs, component }: Rollout): Leg | undefined {
  return legs.find((leg) => leg.component === component) ?? legs[0];
}

/** A step that a person must let go is waited for like a hold, without anybody having held it. */
export function waitsForWord({ state, hold }: Rollout): boolean {
  return state === "held" && hold == null;
}

export function offers(rollout: Rollout, beside: Beside): Partial<Record<Action, Offer>> {
  const leg = moving(rollout);
  if (!leg || rollout.state === "cancelled" || rollout.state === "rolled-back") return {};
  const onItsWay = rollout.state === "advancing" || rollout.state === "held";
  const offered: Partial<Record<Action, Offer>> = {};
  if (rollout.state === "advancing") offered.hold = hold(leg, beside);
  if (rollout.state === "held") offered.resume = resume(rollout, leg);
  if (onItsWay) {
    const promotion = promote(rollout, leg, beside);
    if (promotion) offered.promote = promotion;
  }
  if (onItsWay || rollout.state === "waiting") offered.abort = abort(rollout, leg, beside);
  offered.rollback = rollBack(rollout, leg, beside);
  if (rollout.state === "returning" && !beside.paced) delete offered.rollback;
  if (rollout.past_return) {
    for (const offer of [offered.abort, offered.rollback]) {
      if (offer) offer.refused = "Nothing goes back from here: a database began to lose what earlier versions need. Switch off what is bad by its flag, or bring a corrected version.";
    }
  }
  return offered;
}

function hold(leg: Leg, beside: Beside): Offer {
  return {
    label: "Hold",
    consequences: [
      `It stays where it is: ${shareOf(leg)} of requests on ${leg.candidate}${flow(beside)}.`,
      "No step forward until somebody resumes it. The step's own clock goes on; the deadline for progress stops.",
      "The analysis goes on watching, and takes it back if the candidate does harm.",
    ],
  };
}

function resume(rollout: Rollout, leg: Leg): Offer {
  const coming = leg.plan[leg.step];
  const onward = coming
    ? `The next step of ${leg.component} is ${coming.name}, as soon as clock and evidence allow it.`
    : `This is the last step of ${leg.component}: it ends when its clock and the evidence allow it.`;
  if (waitsForWord(rollout)) return { label: "Let it go on", consequences: [`The step “${leg.step_name}” is let go.`, onward] };
  return { label: "Resume", consequences: [`The hold of ${rollout.hold?.by ?? "somebody"} ends.`, onward] };
}

function promote(rollout: Rollout, leg: Leg, beside: Beside): Offer | null {
  const left = leg.plan.slice(leg.step);
  if (left.length === 0 && rollout.state !== "held") return null;
  const later = rollout.legs.slice(rollout.legs.indexOf(leg) + 1).map(({ component }) => component);
  const offer: Offer = {
    label: "Promote",
    consequences: [
      left.length > 0 ? `Skips ${count(left.length, "step")} of ${leg.component} (${left.map(({ name }) => name).join(", ")}) except the clock of the last.` : `Lets the last step of ${leg.component} go.`,
      `All requests to ${leg.component} in ${rollout.environment} go to ${leg.candidate}${leg.stable == null ? "" : ` instead of ${leg.stable}`} as soon as enough of its instances are ready.`,
      "Until then an abort is refused; a hold or a rollback is not. The analysis goes on watching.",
    ],
  };
  if (rollout.hold) offer.consequences.unshift(`The hold of ${rollout.hold.by} ends.`);
  if (later.length > 0) offer.consequences.push(`${later.join(", ")} ${later.length === 1 ? "follows by its" : "follow by their"} own steps.`);
  if (beside.promotedBy !== null) offer.refused = `${beside.promotedBy} has promoted it already.`;
  return offer;
}

function abort(rollout: Rollout, leg: Leg, beside: Beside): Offer {
  const offer: Offer = {
    label: "Abort",
    consequences: [
      ...wayBack(rollout, leg, beside),
      rollout.kind === "rollback"
        ? "It says nothing against a release."
        : `It says nothing against ${rollout.release}: it is not barred in ${rollout.environment}. Automation does not bring it there again; a person may.`,
    ],
  };
  if (beside.promotedBy !== null) offer.refused = `${beside.promotedBy} promoted it: hold it first, or roll back.`;
  return offer;
}

function rollBack(rollout: Rollout, leg: Leg, beside: Beside): Offer {
  // A way back is nobody's release: ending it says nothing of one.
  const barred = rollout.kind === "rollback" ? "It says nothing against a release." : `${rollout.release} is barred in ${rollout.environment}: neither automation nor a promotion brings it there again, until somebody allows it or deploys it by name.`;
  if (rollout.state === "succeeded") {
    const back = rollout.legs.filter(({ stable }) => stable != null).map(({ component, candidate, stable }) => `${component} from ${candidate} to ${stable}`);
    const offer: Offer = {
      label: "Roll back",
      consequences: [`A new rollout brings what stood before back to ${rollout.environment}: ${back.join(", ") || "nothing"}.`, barred, "It is refused if another release has come there since."],
    };
    if (back.length === 0) offer.refused = "Nothing stood there before.";
    return offer;
  }
  if (rollout.state === "returning") return { label: "Roll back at once", consequences: ["What is left of the share goes back at once instead of step by step."] };
  return { label: "Roll back", consequences: [...wayBack(rollout, leg, beside), barred] };
}

function wayBack(rollout: Rollout, leg: Leg, beside: Beside): string[] {
  if (rollout.state === "waiting") return ["It has not begun: nothing was touched, and it is cancelled."];
  const sentences = [
    leg.stable == null
      ? `Nobody answers for ${leg.component} afterwards: there is no version before.`
      : `All requests to ${leg.component} in ${rollout.environment} go to ${leg.stable} again, as soon as it stands at full size: the ${shareOf(leg)} that ${leg.candidate} has now${flow(beside)}.`,
    `Requests under way on ${leg.candidate} end; then its ${count(leg.candidate_wanted, "instance")} ${leg.candidate_wanted === 1 ? "stops" : "stop"}.`,
  ];
  const done = rollout.legs.slice(0, rollout.legs.indexOf(leg)).filter(({ stage }) => stage === "promoted");
  if (done.length > 0) sentences.push(`What is done goes back, too: ${done.map(({ component, stable }) => (stable == null ? `${component} to nothing` : `${component} to ${stable}`)).join(", ")}.`);
  sentences.push("Going back is final: nobody can promote or resume it afterwards.");
  return sentences;
}

function shareOf(leg: Leg): string {
  return leg.weight == null ? "none" : share(leg.weight);
}

function flow({ perSecond, served }: Beside): string {
  if (perSecond === null || served === null) return "";
  const rate = perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toString();
  return `, about ${rate} requests a second (${count(served, "request")} so far)`;
}

export const RETURN_OVER = [
  { value: "0", label: "At once" },
  { value: "60", label: "Over 1 minute" },
  { value: "300", label: "Over 5 minutes" },
  { value: "1800", label: "Over 30 minutes" },
  { value: "7200", label: "Over 2 hours" },
];

/** What a way back over a time adds. */
export function paceInWords(seconds: number): string {
  return seconds === 0
    ? "The share goes back at once."
    : `The share goes back in ten even steps over ${span(seconds * 1000)}, the first at once. Evidence against the candidate, too few of its instances, or a second rollback end the patience.`;
}

export { isOver };
