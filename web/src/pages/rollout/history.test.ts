import { describe, expect, it } from "vitest";
import type { Rollout, TidegateEvent } from "@/api/types";
import { at, shares } from "./history";
import { sentence } from "./sentence";
import { markers, said } from "./told";

const now: Rollout = {
  id: "rol_0a9234a0f48ffad0", release: "1.2.0", environment: "production", kind: "release", strategy: "canary", state: "rolled-back",
  cause: "errors 2.5 % against 0 %", started_by: "ann", started_ms: 1000, changed_ms: 9000, component: "api", alarmed: false,
  legs: [{
    component: "api", stable: "1.0.0", candidate: "1.2.0", step: 1, steps: 2, step_name: "10 %", stage: "returned", weight: 0,
    wanted_weight: 0, candidate_ready: 0, candidate_wanted: 0, stable_ready: 2, stable_wanted: 2, restarts: 0,
    plan: [
      { name: "10 %", weight: 1000, dwell_seconds: 20, confirm: false },
      { name: "100 %", weight: 10_000, dwell_seconds: 10, confirm: false },
    ],
  }],
};

let position = 0;
const event = (at_ms: number, kind: string, body: unknown): TidegateEvent => ({
  position: ++position, stream: `rollout/${now.id}`, version: position, kind: `rollout.${kind}`, actor: "tidegate", at_ms, body,
} as TidegateEvent);
const seen = (at_ms: number, ready: number, weight: number) =>
  event(at_ms, "seen", { Seen: { observation: { leg: 0, candidate: { ready: Array(ready).fill("x"), instances: 1, restarts: 0, reason: ready ? "" : "GET /healthz answered 503" }, stable: { ready: ["a", "b"], instances: 2, restarts: 0, reason: "" }, route: { traffic: { Candidate: weight } } } } });
const events = [
  event(1000, "started", { Started: { by: "ann", waiting_for: [] } }),
  event(1000, "began", "Began"),
  event(1000, "step-entered", { StepEntered: { leg: 0, step: 0 } }),
  seen(1500, 0, 0),
  event(2000, "stage-entered", { StageEntered: { leg: 0, stage: "Shifting" } }),
  seen(2100, 1, 1000),
  event(2200, "stage-entered", { StageEntered: { leg: 0, stage: "Dwelling" } }),
  event(4000, "held", { Held: { by: "bo", reason: "lunch" } }),
  event(5000, "resumed", { Resumed: { by: "bo" } }),
  event(6000, "judged", { Judged: { leg: 0, judgement: { verdict: "fail", action: "RollBack", allowed: 0, evidence: 189, explanation: "errors 2.5 % against 0 %" } } }),
  event(6000, "returning", { Returning: { cause: { Analysis: { explanation: "errors 2.5 % against 0 %" } } } }),
  event(6100, "stage-entered", { StageEntered: { leg: 0, stage: "ShiftingBack" } }),
  seen(6200, 1, 0),
  event(7000, "leg-returned", { LegReturned: { leg: 0 } }),
  event(7000, "rolled-back", { RolledBack: { cause: { Analysis: { explanation: "errors 2.5 % against 0 %" } } } }),
];

describe("a rollout at an instant", () => {
  it("waits before it began", () => {
    expect(at(now, events, 999).rollout.state).toBe("waiting");
  });

  it("starts the candidate, and says why it is not ready", () => {
    const { rollout } = at(now, events, 1600);
    expect(rollout.state).toBe("advancing");
    expect(rollout.legs[0]).toMatchObject({ stage: "starting the candidate", reason: "GET /healthz answered 503", weight: 0, wanted_weight: 0 });
  });

  it("watches, with the step's clock", () => {
    const { rollout } = at(now, events, 3200);
    expect(rollout.legs[0]).toMatchObject({ stage: "watching", weight: 1000, wanted_weight: 1000 });
    expect(rollout.next).toEqual({ what: "100 % of api", in_ms: 19_000 });
    expect(sentence(rollout)).toBe("It is at step 1 of 2 (10 %): watching, 10 % of requests on 1.2.0.");
  });

  it("is held, and goes on", () => {
    expect(at(now, events, 4500).rollout).toMatchObject({ state: "held", hold: { by: "bo", reason: "lunch" } });
    expect(at(now, events, 5500).rollout).toMatchObject({ state: "advancing", hold: null });
  });

  it("goes back, for the analysis' reason", () => {
    expect(at(now, events, 6050).rollout).toMatchObject({ state: "returning", cause: "errors 2.5 % against 0 %" });
    expect(at(now, events, 6150).rollout.legs[0]).toMatchObject({ weight: 1000, wanted_weight: 0 });
    expect(at(now, events, Infinity).rollout).toMatchObject({ state: "rolled-back", legs: [{ stage: "returned" }] });
  });

  it("tells the same twice", () => {
    expect(at(now, events, 5000)).toEqual(at(now, events, 5000));
  });
});

it("tells how the share moved, wanted and read back", () => {
  expect(shares(now, events, 0)).toEqual([
    { atMs: 1000, wanted: 0, read: 0 },
    { atMs: 2000, wanted: 1000, read: 0 },
    { atMs: 2100, wanted: 1000, read: 1000 },
    { atMs: 6100, wanted: 0, read: 1000 },
    { atMs: 6200, wanted: 0, read: 0 },
  ]);
});

it("marks what matters on the charts", () => {
  expect(markers(events, now).map(({ label }) => label)).toEqual(["10 %", "held", "resumed", "fail", "goes back", "rolled back"]);
});

it("says what a newer server tells and this page does not know", () => {
  expect(said(event(1, "moved-house", { MovedHouse: {} }), now)).toMatchObject({ text: "rollout.moved-house", minor: true });
});
