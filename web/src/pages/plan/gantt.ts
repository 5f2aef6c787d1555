// Activities as bars over days. Pure.
import type { PlanBar, PlanSchedule } from "@/api/types";

const DAY_MS = 86_400_000;
const TICKS_MAX = 8;

/** Dates of a plan are days, so they are counted in UTC, where each has 24 hours. */
const dayNumber = (day: string): number => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
const dayText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

export interface Bar {
  row: PlanBar;
  /** Parts of the whole width, 0 to 100. */
  left: number;
  width: number;
  /** As it was planned, where that is another. */
  planned: { left: number; width: number } | null;
}

export interface Gantt {
  bars: Bar[];
  /** Where today is; null where it is not on the chart. */
  today: number | null;
  ticks: { at: number; label: string }[];
  days: number;
}

export function gantt({ rows, today }: PlanSchedule): Gantt {
  const dated = rows.find(({ start }) => start != null);
  const now = dayNumber(today);
  // All bars are counted from one day, whether or not an activity has dates of its own.
  const base = dated?.start != null ? dayNumber(dated.start) - dated.start_day : now;
  const ends = rows.flatMap(({ end_day: end, planned_end: planned }) => [end, planned == null ? 0 : dayNumber(planned) - base]);
  const days = Math.max(1, ...ends.map((end) => end + 1));
  const part = (day: number) => (100 * day) / days;
  const span = (from: number, until: number) => ({ left: part(Math.max(0, from)), width: part(Math.max(0, until - Math.max(0, from) + 1)) });
  const step = tickDays(days);
  const ticks = Array.from({ length: Math.ceil(days / step) }, (_, index) => ({ at: part(index * step), label: dayText(base + index * step) }));
  return {
    bars: rows.map((row) => {
      const planned = row.planned_start != null && row.planned_end != null && row.state !== "cancelled" ? span(dayNumber(row.planned_start) - base, dayNumber(row.planned_end) - base) : null;
      const foreseen = span(row.start_day, row.end_day);
      return { row, ...foreseen, planned: planned && (planned.left !== foreseen.left || planned.width !== foreseen.width) ? planned : null };
    }),
    today: now >= base && now < base + days ? part(now - base + 0.5) : null,
    ticks,
    days,
  };
}

function tickDays(days: number): number {
  const steps = [1, 2, 7, 14, 28, 56, 91, 182, 364];
  return steps.find((step) => days / step <= TICKS_MAX) ?? Math.ceil(days / TICKS_MAX);
}

/** In words, what is late. */
export function lateWords(late: PlanBar["late"]): string {
  if (!late) return "";
  const days = `${late.days} ${late.days === 1 ? "day" : "days"}`;
  if (late.how === "overdue") return `overdue by ${days}`;
  if (late.how === "not-started") return `should have begun ${days} ago`;
  if (late.how === "will-slip") return `will end ${days} late`;
  return `was ${days} late`;
}

/** The chart in a sentence. */
export function ganttSummary({ rows, critical_path: path, from, until }: PlanSchedule): string {
  const late = rows.filter((row) => row.late && row.late.how !== "was-late").length;
  const done = rows.filter(({ state }) => state === "done").length;
  const over = from != null && until != null ? `${from} to ${until}, as foreseen` : "without dates";
  const names = path.flatMap((id) => rows.filter((row) => row.id === id).map(({ name }) => name));
  return `${rows.length} ${rows.length === 1 ? "activity" : "activities"}, ${done} done, ${late} late; ${over}. ${names.length === 0 ? "" : `What decides the end: ${names.join(", then ")}.`}`.trim();
}
