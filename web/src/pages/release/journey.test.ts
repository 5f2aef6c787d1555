import { describe, expect, it } from "vitest";
import type { Catalog, Environment, Release, TidegateEvent } from "@/api/types";
import { beside, isPassed, journey, serving } from "./journey";
import { sinceMs, visits } from "./visits";

const stage = (environment: string, also: object = {}) => ({ environment, strategy: "canary", judged: true, automatic: false, ...also });
const catalog = {
  components: { api: { depends_on: [], run: ["./api"] } }, environments: [],
  stages: [stage("staging"), stage("eu", { beside: ["us"], needed: 1 }), stage("production")],
  hotfix_stages: [stage("production")],
} as Catalog;
const release = {
  version: "1.2.0", author: "ann", kind: "planned", created_ms: 0, changed_ms: 0, notes: [], components: { api: { version: "1.2.0" } },
  standings: {
    staging: { state: "verified", rollout: "rol_1", barred: false },
    eu: { state: "gone-back", rollout: "rol_2", barred: true, reason: "errors" },
    us: { state: "verified", rollout: "rol_3", barred: false },
    lab: { state: "underway", rollout: "rol_4", barred: false },
  },
} as Release;
const versions = serving([{ name: "us", target: "process", slots: [{ component: "api", version: "1.2.0" }] }, { name: "staging", target: "process", slots: [{ component: "api", version: "1.3.0" }] }] as Environment[]);

describe("the journey of a release", () => {
  const stations = journey(catalog, release, versions);

  it("says stage by stage how it stands", () => {
    expect(stations.map(({ halts }) => halts.map(({ environment, stands }) => `${environment} ${stands}`))).toEqual([
      ["staging verified"], ["eu barred", "us live"], ["production not-yet"],
    ]);
  });

  it("is past a stage once it succeeded in as many as are needed", () => {
    expect(stations.map(isPassed)).toEqual([true, true, false]);
  });

  it("knows where it was sent beside its pipeline", () => {
    expect(beside(stations, release, versions).map(({ environment, stands }) => `${environment} ${stands}`)).toEqual(["lab under-way"]);
  });

  it("is another one for a hotfix", () => {
    expect(journey(catalog, { ...release, kind: "hotfix" }, versions)).toHaveLength(1);
  });

  it("went back without a bar where nothing speaks against it", () => {
    const aborted = { ...release, standings: { eu: { state: "gone-back", rollout: "rol_2", barred: false } } } as Release;
    expect(journey(catalog, aborted, versions)[1]?.halts[0]?.stands).toBe("gone-back");
  });
});

it("tells from events where it was brought and what came of it", () => {
  const event = (at_ms: number, kind: string, body: unknown) => ({ position: at_ms, version: 1, stream: "release/1.2.0", actor: "ann", at_ms, kind, body }) as TidegateEvent;
  const all = visits([
    event(1, "release.created", { Created: { version: "1.2.0" } }),
    event(2, "release.entered", { Entered: { environment: "eu", rollout: "rol_2" } }),
    event(5, "release.went-back", { WentBack: { environment: "eu", rollout: "rol_2", reason: "errors", barred: true } }),
    event(7, "release.entered", { Entered: { environment: "us", rollout: "rol_3" } }),
  ]);
  expect(all.map(({ rollout, outcome, endMs }) => [rollout, outcome, endMs])).toEqual([["rol_3", "under-way", null], ["rol_2", "gone-back", 5]]);
  expect([sinceMs(all, "eu"), sinceMs(all, "us"), sinceMs(all, "production")]).toEqual([5, 7, null]);
});
