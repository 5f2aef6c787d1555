// What the charts of a leg show: their lines, their numbers, and each in a sentence. Pure.
import type uPlot from "uplot";
import { milliseconds, odds, rate, share } from "@/parts/figures";
import type { Point } from "./analysis";
import type { Line } from "./Chart";
import type { Moved } from "./history";

export const WEIGHT: readonly Line[] = [
  { label: "wanted", colour: "quiet", dash: [5, 4], width: 1.5, stepped: true },
  { label: "read back", colour: "candidate", stepped: true, filled: true },
];
export const BOTH: readonly Line[] = [
  { label: "stable", colour: "stable" },
  { label: "candidate", colour: "candidate" },
];
export const EVIDENCE: readonly Line[] = [
  { label: "of harm", colour: "bad" },
  { label: "good enough", colour: "good", dash: [8, 3] },
];

export const QUANTILES = ["p50", "p90", "p99"] as const;
export type Quantile = (typeof QUANTILES)[number];

const DASHES: Record<Quantile, number[] | undefined> = { p50: [2, 3], p90: [7, 4], p99: undefined };

const latencyLines = (quantiles: readonly Quantile[]): readonly Line[] =>
  quantiles.flatMap((quantile) =>
    BOTH.map(({ label, colour }) => ({ label: `${label} ${quantile}`, colour, width: 1.8, ...(DASHES[quantile] ? { dash: DASHES[quantile] } : {}) })),
  );

/** One for each choice, made once. */
export const LATENCY: Record<Quantile | "all", readonly Line[]> = {
  all: latencyLines(QUANTILES), p50: latencyLines(["p50"]), p90: latencyLines(["p90"]), p99: latencyLines(["p99"]),
};

type Values = (number | null)[];
const aligned = (xs: number[], ...ys: Values[]): uPlot.AlignedData => [xs, ...ys];
const seconds = (points: readonly Point[]) => points.map(({ atMs }) => atMs / 1000);

/** The last change holds until `endMs`. */
export function weightData(moved: readonly Moved[], endMs: number): uPlot.AlignedData {
  const last = moved.at(-1);
  const all = last && last.atMs < endMs ? [...moved, { ...last, atMs: endMs }] : moved;
  return aligned(all.map(({ atMs }) => atMs / 1000), all.map(({ wanted }) => wanted / 100), all.map(({ read }) => (read === null ? null : read / 100)));
}

export function errorData(points: readonly Point[]): uPlot.AlignedData {
  return aligned(seconds(points), points.map(({ stable }) => stable.errorRate), points.map(({ candidate }) => candidate.errorRate));
}

export function latencyData(points: readonly Point[], quantiles: readonly Quantile[]): uPlot.AlignedData {
  const arms = quantiles.flatMap((quantile) => [points.map(({ stable }) => stable[quantile]), points.map(({ candidate }) => candidate[quantile])]);
  return aligned(seconds(points), ...arms);
}

export function requestData(points: readonly Point[]): uPlot.AlignedData {
  return aligned(seconds(points), points.map(({ stable }) => stable.perSecond), points.map(({ candidate }) => candidate.perSecond));
}

/** A logarithm has no zero. */
const LOWEST = 0.01;

export function evidenceData(points: readonly Point[]): uPlot.AlignedData {
  return aligned(seconds(points), points.map(({ harm }) => Math.max(LOWEST, harm)), points.map(({ promotion }) => Math.max(LOWEST, promotion)));
}

export function weightSummary(moved: readonly Moved[], candidate: string): string {
  const last = moved.at(-1);
  if (!last) return "Nothing has moved yet.";
  const most = Math.max(...moved.map(({ read }) => read ?? 0));
  return `${candidate} has ${last.read === null ? "nobody who answers" : share(last.read)} now, ${share(last.wanted)} wanted; at most it had ${share(most)}.`;
}

type Pick = (arm: Point["stable"]) => number | null;
function against(points: readonly Point[], pick: Pick, words: (value: number | null) => string): string {
  const last = points.at(-1);
  return last ? `Candidate ${words(pick(last.candidate))}, stable ${words(pick(last.stable))}.` : "Nothing is measured yet.";
}

export const errorSummary = (points: readonly Point[]) => against(points, ({ errorRate }) => errorRate, rate);
export const requestSummary = (points: readonly Point[]) => against(points, ({ perSecond }) => perSecond, perSecondInWords);
export const latencySummary = (points: readonly Point[]) =>
  QUANTILES.map((quantile) => `${quantile}: ${against(points, (arm) => arm[quantile], milliseconds)}`).join(" ");

export function evidenceSummary(points: readonly Point[], rollbackAt: number, promotionAt: number): string {
  const last = points.at(-1);
  return last ? `Odds of harm ${odds(last.harm)}, rolled back at ${odds(rollbackAt)}; odds of being good enough ${odds(last.promotion)}, promoted at ${odds(promotionAt)}.` : "Nothing is measured yet.";
}

export function perSecondInWords(value: number | null): string {
  return value === null ? "–" : `${value < 10 ? value.toFixed(1) : Math.round(value)}/s`;
}
