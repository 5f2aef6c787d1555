// From counters that only grow to what is drawn: rates and latencies over the last seconds, stable beside candidate. The
// difference of two samples is what happened between them; within a bucket of the histogram requests are taken to be
// spread evenly. Pure. Not here: judging, which the server does.
import type { Sample } from "@/api/types";

type Counters = Sample["stable"];

export interface Arm {
  perSecond: number;
  /** Null without requests. */
  errorRate: number | null;
  p50: number | null;
  p90: number | null;
  p99: number | null;
}

export interface Point {
  atMs: number;
  weight: number;
  stable: Arm;
  candidate: Arm;
  harm: number;
  promotion: number;
  explanation: string;
}

/** Long enough to be calm, short enough to show a change at once. */
export const WINDOW_MS = 15_000;

/** What happened since `then`; a counter that went back began again at zero. */
export function since(now: Counters, then: Counters): Counters {
  if (now.requests < then.requests || now.buckets.length !== then.buckets.length) return now;
  return {
    requests: now.requests - then.requests,
    errors: Math.max(0, now.errors - then.errors),
    buckets: now.buckets.map((count, index) => Math.max(0, count - (then.buckets[index] ?? 0))),
  };
}

/**
 * The latency that a share of `quantile` of the requests stays below. `buckets` count requests at most as slow as each
 * edge, the last one all; beyond the last edge all that is known is the edge.
 */
export function quantileMs(edges: readonly number[], buckets: readonly number[], quantile: number): number | null {
  const all = buckets.at(-1) ?? 0;
  if (all <= 0 || edges.length === 0) return null;
  const rank = quantile * all;
  const at = buckets.findIndex((count) => count >= rank && count > 0);
  const upper = edges[at];
  if (at < 0 || upper === undefined) return edges.at(-1) ?? null;
  const lower = at === 0 ? 0 : (edges[at - 1] ?? 0);
  const below = at === 0 ? 0 : (buckets[at - 1] ?? 0);
  const within = (buckets[at] ?? 0) - below;
  return within <= 0 ? upper : lower + ((upper - lower) * (rank - below)) / within;
}

function arm(now: Counters, then: Counters, edges: readonly number[], seconds: number): Arm {
  const { requests, errors, buckets } = since(now, then);
  return {
    perSecond: requests / seconds,
    errorRate: requests === 0 ? null : Math.min(1, errors / requests),
    p50: quantileMs(edges, buckets, 0.5),
    p90: quantileMs(edges, buckets, 0.9),
    p99: quantileMs(edges, buckets, 0.99),
  };
}

/** One point for each sample of a leg but the first, over the window that ends there. */
export function points(samples: readonly Sample[], leg: number, windowMs = WINDOW_MS): Point[] {
  const own = samples.filter((sample) => sample.leg === leg);
  const drawn: Point[] = [];
  let from = 0;
  own.forEach((sample, index) => {
    while (from + 1 < index && (own[from + 1]?.at_ms ?? Infinity) <= sample.at_ms - windowMs) from += 1;
    const before = own[from];
    if (index === 0 || !before || before.at_ms >= sample.at_ms) return;
    const seconds = (sample.at_ms - before.at_ms) / 1000;
    drawn.push({
      atMs: sample.at_ms,
      weight: sample.weight,
      stable: arm(sample.stable, before.stable, sample.edges_ms, seconds),
      candidate: arm(sample.candidate, before.candidate, sample.edges_ms, seconds),
      harm: sample.evidence.harm,
      promotion: sample.evidence.promotion,
      explanation: sample.explanation,
    });
  });
  return drawn;
}

/** What is there by `atMs`, found by halves; the list is ordered by time. */
export function until<Item>(items: readonly Item[], atMs: number, time: (item: Item) => number): Item[] {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time(items[middle] as Item) <= atMs) low = middle + 1;
    else high = middle;
  }
  return items.slice(0, low);
}

/** New samples behind those that are known; none twice. */
export function joined(known: readonly Sample[], fresh: readonly Sample[]): Sample[] {
  if (known.length === 0) return [...fresh];
  const last = known.at(-1)?.at_ms ?? 0;
  const seen = new Set(known.filter(({ at_ms }) => at_ms === last).map(({ leg }) => leg));
  return [...known, ...fresh.filter((one) => one.at_ms > last || (one.at_ms === last && !seen.has(one.leg)))];
}
