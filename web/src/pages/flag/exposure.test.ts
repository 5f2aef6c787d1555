import { expect, test } from "vitest";
import { looked, LOOKS_MAX, rateSummary, ratesOf, type Look } from "./exposure";

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
