import { describe, expect, it } from "vitest";
import type { Sample } from "@/api/types";
import { joined, points, quantileMs, since, until } from "./analysis";

const EDGES = [10, 20, 50];

function sample(at_ms: number, stable: [number, number, number[]], candidate: [number, number, number[]], leg = 0): Sample {
  const counters = ([requests, errors, buckets]: [number, number, number[]]) => ({ requests, errors, buckets });
  return {
    at_ms, leg, weight: 1000, edges_ms: EDGES, stable: counters(stable), candidate: counters(candidate), verdict: "inconclusive",
    evidence: { harm: 1, rollback_at: 100, promotion: 0, promotion_at: 20 }, explanation: "",
    rates: { judged_seconds: 1, candidate_requests: 0, candidate_errors: 0, stable_requests: 0, stable_errors: 0, requests_per_second: 1 },
  };
}

describe("a quantile of a histogram", () => {
  it("lies between the edges of its bucket, by its rank", () => {
    // 10 up to 10 ms, 10 more up to 20 ms.
    expect(quantileMs(EDGES, [10, 20, 20, 20], 0.5)).toBe(10);
    expect(quantileMs(EDGES, [10, 20, 20, 20], 0.75)).toBe(15);
    expect(quantileMs(EDGES, [10, 20, 20, 20], 0.25)).toBe(5);
    expect(quantileMs(EDGES, [10, 20, 20, 20], 1)).toBe(20);
  });

  it("passes over empty buckets", () => {
    expect(quantileMs(EDGES, [0, 0, 4, 4], 0.5)).toBe(35);
    expect(quantileMs(EDGES, [0, 4, 4, 4], 0)).toBe(10);
  });

  it("is the last edge where all that is known is that it is slower", () => {
    expect(quantileMs(EDGES, [1, 1, 1, 10], 0.99)).toBe(50);
  });

  it("is nothing without requests", () => {
    expect(quantileMs(EDGES, [0, 0, 0, 0], 0.5)).toBeNull();
    expect(quantileMs([], [], 0.5)).toBeNull();
  });
});

describe("the difference of two counters", () => {
  it("is what happened between them", () => {
    expect(since({ requests: 30, errors: 3, buckets: [10, 30] }, { requests: 10, errors: 1, buckets: [5, 10] })).toEqual({ requests: 20, errors: 2, buckets: [5, 20] });
  });

  it("begins at zero where the counter went back", () => {
    const now = { requests: 4, errors: 1, buckets: [4, 4] };
    expect(since(now, { requests: 100, errors: 9, buckets: [90, 100] })).toBe(now);
  });
});

describe("points", () => {
  const samples = [
    sample(0, [0, 0, [0, 0, 0, 0]], [0, 0, [0, 0, 0, 0]]),
    sample(1000, [10, 0, [10, 10, 10, 10]], [2, 1, [0, 2, 2, 2]]),
    sample(2000, [30, 2, [30, 30, 30, 30]], [2, 1, [0, 2, 2, 2]]),
    sample(3000, [50, 2, [50, 50, 50, 50]], [6, 1, [4, 6, 6, 6]]),
  ];

  it("are rates over the window that ends with the sample", () => {
    const drawn = points(samples, 0, 1000);
    expect(drawn.map(({ atMs }) => atMs)).toEqual([1000, 2000, 3000]);
    expect(drawn.map(({ stable }) => stable.perSecond)).toEqual([10, 20, 20]);
    expect(drawn.map(({ stable }) => stable.errorRate)).toEqual([0, 0.1, 0]);
    expect(drawn.map(({ candidate }) => candidate.errorRate)).toEqual([0.5, null, 0]);
    expect(drawn[1]?.candidate.p50).toBeNull();
  });

  it("look back as far as the window and no farther", () => {
    expect(points(samples, 0, 2000).map(({ stable }) => stable.perSecond)).toEqual([10, 15, 20]);
  });

  it("are of one leg only", () => {
    expect(points([...samples, sample(4000, [1, 0, [1, 1, 1, 1]], [1, 0, [1, 1, 1, 1]], 1)], 1)).toEqual([]);
  });
});

it("joins what is new behind what is known, and nothing twice", () => {
  const [a, b, c] = [sample(1, [0, 0, []], [0, 0, []]), sample(2, [0, 0, []], [0, 0, []]), sample(2, [0, 0, []], [0, 0, []], 1)] as [Sample, Sample, Sample];
  expect(joined([a, b], [a, b, c])).toEqual([a, b, c]);
  expect(joined([], [a])).toEqual([a]);
});

it("cuts a list at an instant", () => {
  const items = [1, 2, 2, 5];
  expect(until(items, 2, (item) => item)).toEqual([1, 2, 2]);
  expect(until(items, 0, (item) => item)).toEqual([]);
  expect(until(items, 9, (item) => item)).toEqual(items);
});
