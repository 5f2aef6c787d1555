import { QueryClient, type Query } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refresher } from "./refresher";

/** A client whose readings last until they are let go. */
function slowClient() {
  const client = new QueryClient();
  const reads: { key: unknown; end: () => void }[] = [];
  vi.spyOn(client, "invalidateQueries").mockImplementation(
    (filter) => new Promise<void>((end) => reads.push({ key: filter?.queryKey, end })),
  );
  // Each key is on a screen.
  vi.spyOn(client.getQueryCache(), "findAll").mockReturnValue([{} as Query]);
  return { client, reads };
}

describe("Refresher", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("window", globalThis);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("reads once for many events, and once more for those that came meanwhile", async () => {
    const { client, reads } = slowClient();
    const refresher = new Refresher(client);
    for (let event = 0; event < 100; event += 1) refresher.want([["releases"]]);
    await vi.advanceTimersByTimeAsync(100);
    expect(reads).toHaveLength(1);
    for (let event = 0; event < 100; event += 1) refresher.want([["releases"]]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reads).toHaveLength(1);
    reads[0]?.end();
    await vi.advanceTimersByTimeAsync(1000);
    expect(reads).toHaveLength(2);
    reads[1]?.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reads).toHaveLength(2);
  });

  it("does not let one slow answer hold up another", async () => {
    const { client, reads } = slowClient();
    const refresher = new Refresher(client);
    refresher.want([["why"]]);
    await vi.advanceTimersByTimeAsync(100);
    refresher.want([["rollout", "rol_1"]]);
    await vi.advanceTimersByTimeAsync(100);
    expect(reads.map(({ key }) => key)).toEqual([["why"], ["rollout", "rol_1"]]);
  });

  it("asks no more than twenty times a second, and forgets nobody", async () => {
    const { client, reads } = slowClient();
    const refresher = new Refresher(client);
    const rollouts = Array.from({ length: 50 }, (_, index) => ["rollout", `rol_${index}`]);
    refresher.want(rollouts);
    await vi.advanceTimersByTimeAsync(500);
    expect(reads).toHaveLength(20);
    await vi.advanceTimersByTimeAsync(3000);
    expect(reads.map(({ key }) => key)).toEqual(rollouts);
  });
});
