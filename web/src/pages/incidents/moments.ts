// Moments as a form has them, in the reader's zone. Pure but for the clock.
import { localTime } from "@/pages/flags/days";
import { serverNow } from "@/live/clock";

export const localNow = (): string => localTime(serverNow());

/** Null where it is none. */
export function instant(text: string): number | null {
  const ms = new Date(text).getTime();
  return text === "" || Number.isNaN(ms) ? null : ms;
}
