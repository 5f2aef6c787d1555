// When something is announced, in words. Pure.
import type { Announcement } from "./document";

const MOMENTS: Record<string, string> = {
  "window-start": "the window begins",
  "window-end": "the window ends",
  started: "the rollout starts",
  step: "each step",
  succeeded: "it has succeeded",
  "rolled-back": "it was rolled back",
};

function length(minutes: number): string {
  const many = Math.abs(minutes);
  if (many % 1440 === 0) return many === 1440 ? "a day" : `${many / 1440} days`;
  if (many % 60 === 0) return many === 60 ? "an hour" : `${many / 60} hours`;
  return many === 1 ? "a minute" : `${many} minutes`;
}

export function momentWords({ moment, minutes = 0 }: Announcement["when"]): string {
  const named = MOMENTS[moment] ?? moment.replaceAll("-", " ");
  if (minutes === 0) return `when ${named}`;
  return `${length(minutes)} ${minutes < 0 ? "before" : "after"} ${named}`;
}
