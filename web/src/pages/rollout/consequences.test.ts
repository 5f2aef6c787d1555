import { describe, expect, it } from "vitest";
import type { Leg, Rollout } from "@/api/types";
import { offers, paceInWords, type Beside } from "./consequences";

const leg: Leg = {
  component: "api", stable: "1.0.0", candidate: "1.2.0", step: 1, steps: 3, step_name: "10 %", stage: "watching", weight: 1000,
  wanted_weight: 1000, candidate_ready: 1, candidate_wanted: 1, stable_ready: 2, stable_wanted: 2, restarts: 0,
  plan: [10, 50, 100].map((percent) => ({ name: `${percent} %`, weight: percent * 100, dwell_seconds: 20, confirm: false })),
};
const rollout = (state: Rollout["state"], change: Partial<Rollout> = {}): Rollout => ({
  id: "rol_0123456789abcdef", release: "1.2.0", environment: "production", kind: "release", strategy: "canary", state, started_by: "ann",
  started_ms: 0, changed_ms: 0, component: "api", legs: [leg], alarmed: false, ...change,
});
const beside: Beside = { perSecond: 12.4, served: 1234, promotedBy: null, paced: false };
const names = (one: Rollout, also: Partial<Beside> = {}) => Object.keys(offers(one, { ...beside, ...also }));

describe("what can be done", () => {
  it("follows from the state", () => {
    expect(names(rollout("advancing"))).toEqual(["hold", "promote", "abort", "rollback"]);
    expect(names(rollout("held", { hold: { by: "bo", reason: "" } }))).toEqual(["resume", "promote", "abort", "rollback"]);
    expect(names(rollout("waiting"))).toEqual(["abort", "rollback"]);
    expect(names(rollout("returning"))).toEqual([]);
    expect(names(rollout("returning"), { paced: true })).toEqual(["rollback"]);
    expect(names(rollout("succeeded"))).toEqual(["rollback"]);
    expect(names(rollout("rolled-back"))).toEqual([]);
    expect(names(rollout("cancelled"))).toEqual([]);
  });

  it("has nothing left to promote at the last step", () => {
    expect(names(rollout("advancing", { legs: [{ ...leg, step: 3 }] }))).toEqual(["hold", "abort", "rollback"]);
  });

  it("is called letting it go where a step waits for a person", () => {
    expect(offers(rollout("held"), beside).resume?.label).toBe("Let it go on");
    expect(offers(rollout("held", { hold: { by: "bo", reason: "" } }), beside).resume?.label).toBe("Resume");
  });

  it("refuses an abort of what somebody promoted", () => {
    expect(offers(rollout("advancing"), { ...beside, promotedBy: "cy" }).abort?.refused).toContain("cy promoted it");
  });

  it("refuses every way back from past the point of no return", () => {
    const { abort, rollback, promote } = offers(rollout("advancing", { past_return: true }), beside);
    expect(abort?.refused).toContain("Nothing goes back from here");
    expect(rollback?.refused).toContain("Nothing goes back from here");
    expect(promote?.refused).toBeUndefined();
  });
});

describe("the consequences", () => {
  it("of a way back name who gets which version, and how many requests that are", () => {
    const [first] = offers(rollout("advancing"), beside).abort?.consequences ?? [];
    expect(first).toBe("All requests to api in production go to 1.0.0 again, as soon as it stands at full size: the 10 % that 1.2.0 has now, about 12 requests a second (1,234 requests so far).");
  });

  it("of a rollback bar the release, those of an abort do not", () => {
    const offered = offers(rollout("advancing"), beside);
    expect(offered.rollback?.consequences.at(-1)).toContain("1.2.0 is barred in production");
    expect(offered.abort?.consequences.at(-1)).toContain("not barred");
  });

  it("of a first version leave nobody to answer", () => {
    const [first] = offers(rollout("advancing", { legs: [{ ...leg, stable: null }] }), beside).abort?.consequences ?? [];
    expect(first).toContain("Nobody answers");
  });

  it("of a finished one are a new rollout", () => {
    expect(offers(rollout("succeeded"), beside).rollback?.consequences[0]).toBe("A new rollout brings what stood before back to production: api from 1.2.0 to 1.0.0.");
  });
});

it("says how long a way back takes", () => {
  expect(paceInWords(0)).toBe("The share goes back at once.");
  expect(paceInWords(300)).toContain("ten even steps over 5 min");
});
