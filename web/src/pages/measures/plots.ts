// A measure over its periods, for the chart and in a sentence. Pure.
import type uPlot from "uplot";
import type { Line } from "@/pages/rollout/Chart";
import type { Measure, Named } from "@/api/types";
import { NAMES, valueIn } from "./words";

export const LINES: readonly Line[] = [{ label: "value", colour: "stable", dots: true }];

/** The middle of a day at noon, so that it is the same day in every zone. */
const seconds = (day: string) => Date.parse(`${day}T12:00:00Z`) / 1000;

export function trendData(measure: Measure, periods: readonly Named<"MeasuredPeriod">[]): uPlot.AlignedData {
  const first = new Map(periods.map(({ name, first: day }) => [name, seconds(day)]));
  const points = measure.by_period.flatMap(({ period, value }) => (first.has(period) ? [[first.get(period) as number, value ?? null] as const] : []));
  return [points.map(([at]) => at), points.map(([, value]) => value)];
}

const DAY_SECONDS = 86_400;

export function trendRange(periods: readonly Named<"MeasuredPeriod">[]): readonly [number, number] {
  const [first] = periods;
  const last = periods.at(-1);
  if (!first || !last) return [0, 1];
  return [seconds(first.first) - DAY_SECONDS / 2, Math.max(seconds(last.first), seconds(first.first)) + DAY_SECONDS / 2];
}

export function trendSummary({ name, unit, by_period: periods }: Measure): string {
  const known = periods.filter(({ value }) => value != null);
  const last = known.at(-1);
  if (!last) return `${NAMES[name]}: nothing to measure in ${periods.length} periods.`;
  return `${periods.length} periods, ${known.length} with a value; the last, ${last.period}: ${valueIn(unit, last.value)}.`;
}
