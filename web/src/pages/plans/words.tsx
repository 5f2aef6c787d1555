// The words of a plan's life, decisions and outcomes, each with its sign.
import {
  IconArrowBackUp, IconBan, IconCheck, IconCircleDashed, IconCircleX, IconClipboardList, IconHandStop, IconPackage, IconPencil,
  IconProgress, IconSnowflake, IconThumbUp, type Icon,
} from "@tabler/icons-react";
import type { PlanDecision, PlanOutcome, PlanPhase } from "@/api/types";
import { Mark, type Tone } from "@/parts/Mark";

export const PHASES: readonly PlanPhase[] = ["draft", "planned", "frozen", "candidate", "go", "rolling-out", "released"];

const LOOKS: Record<string, { sign: Icon; word: string; tone: Tone }> = {
  draft: { sign: IconPencil, word: "draft", tone: "quiet" },
  planned: { sign: IconClipboardList, word: "planned", tone: "quiet" },
  frozen: { sign: IconSnowflake, word: "frozen", tone: "moving" },
  candidate: { sign: IconPackage, word: "candidate", tone: "moving" },
  go: { sign: IconThumbUp, word: "go", tone: "good" },
  "rolling-out": { sign: IconProgress, word: "rolling out", tone: "moving" },
  released: { sign: IconCheck, word: "released", tone: "good" },
  cancelled: { sign: IconBan, word: "cancelled", tone: "quiet" },
  "on-hold": { sign: IconHandStop, word: "on hold", tone: "warn" },
};

export const STATES: readonly string[] = Object.keys(LOOKS);

export function phaseWord(phase: string): string {
  return LOOKS[phase]?.word ?? phase;
}

/** The phase, or `on-hold`. */
export function PlanMark({ state }: { state: string }) {
  return <Mark {...(LOOKS[state] ?? { word: state, tone: "quiet" as const })} />;
}

export const PHASE_MEANS: Record<PlanPhase, string> = {
  draft: "it is being written",
  planned: "people agreed on it; scope, components and roles may still change",
  frozen: "scope, components and who decides stand; single items change by triage only",
  candidate: "a release with fixed artifacts is looked at",
  go: "the named person let it go",
  "rolling-out": "its rollout is in the last stage",
  released: "it stands wherever it should",
  cancelled: "it does not go out",
};

export const DECISIONS: { value: PlanDecision; label: string; means: string }[] = [
  { value: "fix-now", label: "fix now", means: "it is in: fixed in this release" },
  { value: "fix-next", label: "fix next", means: "it is out: fixed in the next release" },
  { value: "known-issue", label: "known issue", means: "it is out: shipped as a known issue" },
  { value: "stop-release", label: "stop the release", means: "nothing goes out until it is done" },
];

export function decisionWord(decision: string): string {
  return DECISIONS.find(({ value }) => value === decision)?.label ?? decision;
}

const OUTCOMES: Record<PlanOutcome, { sign: Icon; word: string; tone: Tone }> = {
  passed: { sign: IconCheck, word: "passed", tone: "good" },
  failed: { sign: IconCircleX, word: "failed", tone: "bad" },
  blocked: { sign: IconHandStop, word: "blocked", tone: "warn" },
};

export function OutcomeMark({ outcome, counts }: { outcome: PlanOutcome | null | undefined; counts: boolean }) {
  if (outcome == null) return <Mark sign={IconCircleDashed} word="not run" tone="quiet" />;
  if (!counts) return <Mark sign={IconArrowBackUp} word={`${OUTCOMES[outcome].word} before`} tone="quiet" />;
  return <Mark {...OUTCOMES[outcome]} />;
}
