// Days in the reader's own zone, weeks from Monday.

export function startOfDay(ms: number): Date {
  const day = new Date(ms);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate());
}

/** Days are not all 24 hours long. */
export function addDays(day: Date, days: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);
}

export function monday(day: Date): Date {
  return addDays(day, -((day.getDay() + 6) % 7));
}

const two = (number: number) => String(number).padStart(2, "0");

export function dayKey(day: Date): string {
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function fromKey(text: string | undefined): Date | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  if (year === undefined) return null;
  const read = new Date(Number(year), Number(month) - 1, Number(day));
  return Number.isNaN(read.getTime()) ? null : read;
}

const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export const weekTitle = (day: Date): string => `Week from ${DAY.format(day)}`;
export const monthTitle = (day: Date): string => MONTH.format(day);

/** 2024 began on a Monday. */
export const weekdays: string[] = Array.from({ length: 7 }, (_, index) => WEEKDAY.format(new Date(2024, 0, 1 + index)));

/** The part of a span that lies in a day. */
export function hours({ fromMs, untilMs }: { fromMs: number; untilMs: number }, dayMs: number, endMs: number): string {
  if (fromMs <= dayMs && untilMs >= endMs) return "all day";
  if (fromMs <= dayMs) return `until ${CLOCK.format(untilMs)}`;
  if (untilMs >= endMs) return `from ${CLOCK.format(fromMs)}`;
  return `${CLOCK.format(fromMs)} to ${CLOCK.format(untilMs)}`;
}
