// How the instances of a slot, or of a whole environment, do: the worst of them in a word.
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconProgress, type Icon } from "@tabler/icons-react";
import type { Slot } from "@/api/types";
import type { Tone } from "@/parts/Mark";

export interface Health {
  sign: Icon;
  word: string;
  tone: Tone;
}

export function health(slots: Slot[]): Health {
  const placed = slots.filter((slot) => slot.version != null);
  if (placed.length === 0) return { sign: IconCircleDashed, word: "nothing yet", tone: "quiet" };
  const faults = placed.filter((slot) => slot.fault != null);
  const wanted = placed.reduce((sum, slot) => sum + slot.replicas, 0);
  const ready = placed.reduce((sum, slot) => sum + Math.min(slot.ready.length, slot.replicas), 0);
  const figures = `${ready} of ${wanted} ready`;
  if (faults.length > 0) return { sign: IconAlertTriangle, word: `${figures}, faulty`, tone: "bad" };
  if (placed.some((slot) => slot.rollout != null)) return { sign: IconProgress, word: `${figures}, changing`, tone: "moving" };
  if (ready < wanted) return { sign: IconAlertTriangle, word: figures, tone: ready === 0 ? "bad" : "warn" };
  return { sign: IconCheck, word: figures, tone: "good" };
}
