// How often each variant was given over time: what was kept, and from looking again and again how many a second. Pure.
import type uPlot from "uplot";
import type { FlagEnvironment, Named } from "@/api/types";
import type { Line } from "@/pages/rollout/Chart";
import type { Marker } from "@/pages/rollout/told";
import { colourOf } from "./colours";

export interface Look {
  atMs: number;
  counts: ReadonlyMap<string, number>;
}

export type Kept = Named<"FlagExposure">;

/** An hour, at one look in five seconds. */
export const LOOKS_MAX = 720;
export const EVERY_MS = 5_000;
/** A rate is over so much of what was looked at, so that single requests do not make a fence of it. */
const OVER = 3;

export function looked(looks: readonly Look[], stands: Pick<FlagEnvironment, "served">, atMs: number): Look[] {
  const counts = new Map(stands.served.map(({ variant, count }) => [variant, count]));
  return [...looks, { atMs, counts }].slice(-LOOKS_MAX);
}

export function linesOf(variants: readonly string[], dots = false): readonly Line[] {
  return variants.map((variant) => ({ label: variant, colour: colourOf(variants, variant), dots }));
}

/** A second, of each variant; the first looks have nothing to be compared with. */
export function ratesOf(looks: readonly Look[], variants: readonly string[]): uPlot.AlignedData {
  const from = looks.map((_, at) => looks[Math.max(0, at - OVER)]);
  const rates = variants.map((variant) =>
    looks.map(({ atMs, counts }, at): number | null => {
      const before = from[at];
      if (before === undefined || at === 0 || atMs <= before.atMs) return null;
      // A server that begins anew may have forgotten the last minutes.
      return Math.max(0, ((counts.get(variant) ?? 0) - (before.counts.get(variant) ?? 0)) / ((atMs - before.atMs) / 1000));
    }),
  );
  return [looks.map(({ atMs }) => atMs / 1000), ...rates] as uPlot.AlignedData;
}

export function rateSummary(looks: readonly Look[], variants: readonly string[]): string {
  const data = ratesOf(looks, variants);
  if (looks.length < 2) return "Looked at once so far.";
  return variants.map((variant, at) => `${variant}: ${perSecond((data[at + 1] as (number | null)[]).at(-1) ?? 0)}`).join(", ");
}

/** The share of each variant in each step, in percent; nothing where nobody asked. */
export function sharesOf({ points, variants: known }: Kept, variants: readonly string[]): uPlot.AlignedData {
  const sums = points.map(({ given }) => given.reduce((all, one) => all + one, 0));
  const shares = variants.map((variant) => {
    const at = known.indexOf(variant);
    return points.map(({ given }, step): number | null => (sums[step] === 0 ? null : ((given[at] ?? 0) / (sums[step] ?? 1)) * 100));
  });
  return [points.map(({ at_ms: at }) => at / 1000), ...shares] as uPlot.AlignedData;
}

/** A second, over each step. */
export function keptRatesOf({ points, variants: known, step_ms: step }: Kept, variants: readonly string[]): uPlot.AlignedData {
  const rates = variants.map((variant) => {
    const at = known.indexOf(variant);
    return points.map(({ given }) => (given[at] ?? 0) / (step / 1000));
  });
  return [points.map(({ at_ms: at }) => at / 1000), ...rates] as uPlot.AlignedData;
}

export function shareSummary(kept: Kept, variants: readonly string[]): string {
  const [times, ...shares] = sharesOf(kept, variants);
  const last = (times as number[]).findLastIndex((_, at) => (shares[0] as (number | null)[] | undefined)?.[at] != null);
  if (last < 0) return "Nobody asked in this time.";
  return `Lately ${variants.map((variant, at) => `${variant} ${percent((shares[at] as (number | null)[])[last] ?? 0)}`).join(", ")}.`;
}

/** What changed what is given; proposals change nothing. */
const CHANGES: Record<string, string> = { "flag.configured": "edition", "flag.switched": "switched", "flag.reverted": "reverted", "flag.shown": "shown", "flag.taken-back": "taken back" };

export function changeMarkers(changes: readonly Named<"FlagChange">[]): Marker[] {
  return changes.flatMap(({ kind, at_ms: atMs, edition }) => {
    const word = CHANGES[kind];
    return word === undefined ? [] : [{ atMs, label: edition == null ? word : `${word} ${edition}`, tone: "quiet" as const }];
  });
}

export const percent = (value: number): string => `${Math.round(value * 10) / 10} %`;

export const perSecond = (value: number): string => `${value === 0 ? "0" : value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString()}/s`;
