// What a rollout does and what it waits for, in a sentence. Pure.
import type { Rollout } from "@/api/types";
import { share } from "@/parts/figures";
import { moving, waitsForWord } from "./consequences";

export function sentence(rollout: Rollout): string {
  const leg = moving(rollout);
  if (!leg) return "";
  const at = leg.weight == null ? "nobody answers" : `${share(leg.weight)} of requests on ${leg.candidate}`;
  const step = `${rollout.legs.length > 1 ? `${leg.component}, ` : ""}step ${leg.step} of ${leg.steps} (${leg.step_name})`;
  switch (rollout.state) {
    case "waiting":
      return `It has not begun: ${rollout.next?.what ?? "it waits until its slots are free"}.`;
    case "advancing":
      return `It is at ${step}: ${leg.stage}, ${at}.`;
    case "held":
      return waitsForWord(rollout)
        ? `It waits for a person to let it go on, at ${step}: ${at}.`
        : `${rollout.hold?.by ?? "Somebody"} holds it at ${step}: ${at}.${rollout.hold?.reason ? ` “${rollout.hold.reason}”` : ""}`;
    case "returning":
      return `It goes back (${leg.stage}, ${at}): ${rollout.cause ?? ""}.`;
    case "succeeded":
      return rollout.kind === "rollback"
        ? `What stood before ${rollout.release} serves in ${rollout.environment} again: ${rollout.legs.map(({ component, candidate }) => `${component} ${candidate}`).join(", ")}.`
        : `${rollout.release} is live in ${rollout.environment}.`;
    case "rolled-back":
      return `It was rolled back${leg.stable == null ? "" : `, and ${leg.stable} serves again`}: ${rollout.cause ?? ""}.`;
    case "cancelled":
      return `It was cancelled before it touched anything: ${rollout.cause ?? ""}.`;
  }
}
