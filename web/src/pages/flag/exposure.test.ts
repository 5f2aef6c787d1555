import { expect, test } from "vitest";
import { changeMarkers, keptRatesOf, looked, LOOKS_MAX, rateSummary, ratesOf, sharesOf, shareSummary, type Kept, type Look } from "./exposure";

const served = (on: number, off?: number) => ({ served: [{ variant: "on", count: on, last_ms: 0 }, ...(off === undefined ? [] : [{ variant: "off", count: off, last_ms: 0 }])] });
const looks = (...counts: [number, number?][]) => counts.reduce<Look[]>((before, [on, off], at) => looked(before, served(on, off), at * 1000), []);

test("counts become rates, over three looks", () => {
  const [times, on, off] = ratesOf(looks([0], [10], [20, 6], [30, 6], [40, 6]), ["on", "off"]);
  expect(times).toEqual([0, 1, 2, 3, 4]);
  expect(on).toEqual([null, 10, 10, 10, 10]);
  expect(off).toEqual([null, 0, 3, 2, 2]);
});

test("a server that forgot some gives no negative rate", () => {
  expect(ratesOf(looks([100], [10]), ["on"])[1]).toEqual([null, 0]);
});

test("there is a limit, and a sentence", () => {
  let many: Look[] = [];
  for (let at = 0; at < LOOKS_MAX + 5; at += 1) many = looked(many, served(at), at * 1000);
  expect(many).toHaveLength(LOOKS_MAX);
  expect(rateSummary(many, ["on"])).toBe("on: 1.0/s");
  expect(rateSummary([], ["on"])).toContain("once");
});

const kept: Kept = {
  from_ms: 0, until_ms: 3_000, step_ms: 1_000, variants: ["off", "on"],
  points: [{ at_ms: 1_000, given: [3, 1] }, { at_ms: 2_000, given: [1, 3] }, { at_ms: 3_000, given: [0, 0] }],
};

test("what was kept becomes shares and rates, also of variants that nobody got", () => {
  expect(sharesOf(kept, ["new", "off", "on"])).toEqual([[1, 2, 3], [0, 0, null], [75, 25, null], [25, 75, null]]);
  expect(keptRatesOf(kept, ["on"])).toEqual([[1, 2, 3], [1, 3, 0]]);
  expect(shareSummary(kept, ["off", "on"])).toBe("Lately off 25 %, on 75 %.");
  expect(shareSummary({ ...kept, points: [] }, ["on"])).toBe("Nobody asked in this time.");
});

test("only what changes what is given is marked", () => {
  const change = (kind: string, edition: number | null) => ({ kind, edition, at_ms: 5 }) as unknown as Parameters<typeof changeMarkers>[0][number];
  expect(changeMarkers([change("flag.configured", 2), change("flag.proposed", null), change("flag.switched", null)]).map(({ label }) => label)).toEqual(["edition 2", "switched"]);
});
