import { describe, expect, it } from "vitest";
import type { Measure, Named } from "@/api/types";
import { trendData, trendRange, trendSummary } from "./plots";
import { asksOf, causeWords, changeWords, leadWords, length, onAxis, rowsOf, valueIn } from "./words";

describe("values", () => {
  it("are told in the unit that is read most easily", () => {
    expect(valueIn("per-day", 2.5)).toBe("2.5 a day");
    expect(valueIn("per-day", 0.5)).toBe("3.5 a week");
    expect(valueIn("per-day", 0.1)).toBe("3 a month");
    expect(valueIn("per-day", 0)).toBe("none");
    expect([onAxis("per-day", 0.4286), onAxis("per-day", 0), onAxis("share", 0.5)]).toEqual(["0.43 / d", "0 / d", "50 %"]);
    expect(valueIn("share", 0.0666)).toBe("6.7 %");
    expect(valueIn("milliseconds", 90 * 60_000)).toBe("1.5 h");
    expect(valueIn("milliseconds", null)).toBe("–");
    expect([length(1500), length(150_000), length(36 * 3_600_000), length(10 * 86_400_000)]).toEqual(["1.5 s", "2.5 min", "36 h", "10 d"]);
  });
  it("are told against those before", () => {
    const of = (change: number | null, better: boolean | null, before: number | null = 0.2) => changeWords({ unit: "share", before, change, is_better: better });
    expect(of(0.25, false)).toBe("+25 % against 20 % before, worse");
    expect(of(-0.5, true)).toBe("−50 % against 20 % before, better");
    expect(of(0, null)).toBe("as before: 20 %");
    expect(of(null, null, null)).toBe("nothing to compare with before");
  });
});

describe("the address", () => {
  it("asks for what it says, in the reader's zone, and for nothing that is no day and no period", () => {
    expect(asksOf({ components: "api,web", teams: "", from: "2026-11-01", to: "soon", period: "year", rows: "errors" }, "Europe/Berlin")).toEqual({ components: "api,web", from: "2026-11-01", zone: "Europe/Berlin" });
    expect(asksOf({ period: "month" }, "UTC")).toEqual({ period: "month", zone: "UTC" });
    expect(rowsOf("change-fail-rate")).toBe("change-fail-rate");
    expect(rowsOf("all")).toBeNull();
    expect(rowsOf(undefined)).toBeNull();
  });
});

describe("rows", () => {
  it("say why they count and what they brought", () => {
    expect(causeWords({ kind: "went-back" })).toBe("went back before it had succeeded");
    expect(causeWords({ kind: "incident", id: "inc_1" })).toBe("incident inc_1");
    expect(leadWords({ commits_ms: [3_600_000, 7_200_000], pull_requests_ms: [7_200_000] })).toBe("2 commits: 1 h to 2 h; 1 pull request: 2 h");
    expect(leadWords({ commits_ms: [], pull_requests_ms: [] })).toBe("no commit is known");
  });
});

describe("a trend", () => {
  const period = (name: string, first: string) => ({ name, first, last: first, is_over: true, figures: {} }) as unknown as Named<"MeasuredPeriod">;
  const periods = [period("2026-W46", "2026-11-09"), period("2026-W47", "2026-11-16")];
  const measure = { name: "change-fail-rate", unit: "share", by_period: [{ period: "2026-W46", value: 0.1 }, { period: "2026-W47", value: null }] } as unknown as Measure;
  it("has a point for each period, and a gap where there is nothing to measure", () => {
    const [at, values] = trendData(measure, periods);
    expect(values).toEqual([0.1, null]);
    expect((at?.[1] ?? 0) - (at?.[0] ?? 0)).toBe(7 * 86_400);
    const [from, until] = trendRange(periods);
    expect(from).toBeLessThan(at?.[0] ?? 0);
    expect(until).toBeGreaterThan(at?.[1] ?? 0);
  });
  it("is said in a sentence", () => {
    expect(trendSummary(measure)).toBe("2 periods, 1 with a value; the last, 2026-W46: 10 %.");
    expect(trendSummary({ ...measure, by_period: [] })).toBe("Change fail rate: nothing to measure in 0 periods.");
  });
});
