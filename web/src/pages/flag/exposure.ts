// How often each variant was given: sums as the server counts them, and from looking again and again how many a second.
// Pure.
import type uPlot from "uplot";
import type { FlagEnvironment } from "@/api/types";
import type { Line } from "@/pages/rollout/Chart";
import { colourOf } from "./colours";

export interface Look {
  atMs: number;
  counts: ReadonlyMap<string, number>;
}

/** An hour, at one look in five seconds. */
export const LOOKS_MAX = 720;
export const EVERY_MS = 5_000;
/** A rate is over so much of what was looked at, so that single requests do not make a fence of it. */
const OVER = 3;

export function looked(looks: readonly Look[], stands: Pick<FlagEnvironment, "served">, atMs: number): Look[] {
  const counts = new Map(stands.served.map(({ variant, count }) => [variant, count]));
  return [...looks, { atMs, counts }].slice(-LOOKS_MAX);
}

export function linesOf(variants: readonly string[]): readonly Line[] {
  return variants.map((variant) => ({ label: variant, colour: colourOf(variants, variant) }));
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

export const perSecond = (value: number): string => `${value === 0 ? "0" : value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString()}/s`;
