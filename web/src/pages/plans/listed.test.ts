import { expect, it } from "vitest";
import type { PlanSummary } from "@/api/types";
import { listed } from "./listed";

const plan = (version: string, more: Partial<PlanSummary> = {}): PlanSummary => ({ version, title: "EduLibra", kind: "planned", state: "draft", created_ms: 0, changed_ms: 0, ...more });

it("finds plans by all of the words, in version, title and candidate, and by state and kind", () => {
  const plans = [plan("2.1.0", { title: "Lend to guests", state: "candidate", candidate: { number: 2, release: "2.1.0-rc.2" } }), plan("2.1.1", { kind: "hotfix" })];
  const found = (text: string, state = "", kind = "") => listed(plans, { text, state, kind }).map(({ version }) => version);
  expect(found("")).toEqual(["2.1.0", "2.1.1"]);
  expect(found("GUESTS lend")).toEqual(["2.1.0"]);
  expect(found("rc.2")).toEqual(["2.1.0"]);
  expect(found("lend 2.1.1")).toEqual([]);
  expect(found("", "candidate")).toEqual(["2.1.0"]);
  expect(found("", "", "hotfix")).toEqual(["2.1.1"]);
});
