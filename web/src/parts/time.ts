// Times in the reader's own zone and language.

const EXACT = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  timeZoneName: "short",
});
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function exact(ms: number): string {
  return EXACT.format(ms);
}

export function clock(ms: number): string {
  return CLOCK.format(ms);
}

export function day(ms: number): string {
  return DAY.format(ms);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR;

/** `12 s`, `3 min`, `5 h`, `2 d`: one unit, or two where the first is small. */
export function span(ms: number): string {
  const length = Math.abs(ms);
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < 10 * MINUTE) {
    const seconds = Math.floor((length % MINUTE) / SECOND);
    return seconds === 0 ? `${Math.floor(length / MINUTE)} min` : `${Math.floor(length / MINUTE)} min ${seconds} s`;
  }
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < 2 * DAY_MS) return `${Math.floor(length / HOUR)} h`;
  return `${Math.floor(length / DAY_MS)} d`;
}

export function ago(ms: number, now: number): string {
  const past = now - ms;
  if (Math.abs(past) < SECOND) return "now";
  if (past > 30 * DAY_MS) return day(ms);
  return past > 0 ? `${span(past)} ago` : `in ${span(past)}`;
}
