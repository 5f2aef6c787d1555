import { describe, expect, it } from "vitest";
import type { GoNoGo, PlanBar, PlanSchedule, PlanVote } from "@/api/types";
import { casesWanted } from "./cases";
import { closedGates, mayCall, mayVote } from "./decision";
import { documentOf, idFrom, LISTS, ownerName, put, sent, without } from "./document";
import { entryOf, estimatesOfText, faultsOf, stepsInText, stepsOfText, valuesOf } from "./fields";
import { gantt, ganttSummary, lateWords } from "./gantt";
import { KINDS, PLAN_FIELDS } from "./kinds";
import { momentWords } from "./moments";
import { scopeWanted } from "./scope";

const told = (document: object) => documentOf({ document: document as never });

describe("a document", () => {
  it("has every list, and is sent without what is empty", () => {
    const document = told({ title: "EduLibra 2.1", risks: [{ id: "r" }] });
    for (const list of LISTS) expect(Array.isArray(document[list])).toBe(true);
    expect(document.zone).toBe("UTC");
    expect(sent(document)).toEqual({ title: "EduLibra 2.1", kind: "planned", zone: "UTC", deployment: {}, risks: [{ id: "r" }] });
  });
  it("takes an entry, another in its place, and lets one go, and keeps the order", () => {
    const before = told({ title: "x", objectives: [{ id: "a", text: "A" }, { id: "b", text: "B" }] });
    expect(put(before, "objectives", { id: "c" }, null).objectives.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(put(before, "objectives", { id: "z" }, "a").objectives.map(({ id }) => id)).toEqual(["z", "b"]);
    expect(without(before, "objectives", "a").objectives.map(({ id }) => id)).toEqual(["b"]);
    expect(before.objectives).toHaveLength(2);
  });
  it("makes ids of names, each once", () => {
    expect(idFrom("Final QA & Sign-off", [])).toBe("final-qa-sign-off");
    expect(idFrom("Gréer la Démo", [])).toBe("greer-la-demo");
    expect(idFrom("Final QA", ["final-qa", "final-qa-2"])).toBe("final-qa-3");
    expect(idFrom("…", [])).toBe("entry");
    expect(idFrom("x".repeat(200), []).length).toBeLessThanOrEqual(48);
  });
  it("names an owner by role and person", () => {
    const document = told({ title: "x", roles: [{ id: "rm", name: "Release Manager", person: "ann" }, { id: "qa", name: "QA" }] });
    expect(ownerName(document, "rm")).toBe("Release Manager (ann)");
    expect(ownerName(document, "qa")).toBe("QA");
    expect(ownerName(document, "bo")).toBe("bo");
    expect(ownerName(document, null)).toBe("nobody");
  });
});

describe("fields", () => {
  const risk = {
    id: "downtime", description: "It stands still", probability: 2, impact: 5, state: "open", bound: { kind: "flag", name: "new-checkout" },
    contingency: [{ id: "tell", text: "Tell everybody" }, { id: "back", text: "Go back", command: "tidegate rollback" }],
  };
  const { fields } = KINDS.risks;
  it("read an entry and write the same one again", () => {
    expect(entryOf(fields, valuesOf(fields, risk), risk)).toEqual(risk);
  });
  it("read and write every kind of entry with all of its members", () => {
    const whole: Record<string, object> = {
      scope: { id: "PAY-7", title: "Refunds", state: "in", labels: ["till", "money"], estimates: [{ skill: "back end", hours: 8 }], tests: ["unit"], feature: true, priority: 3 },
      activities: { id: "qa", name: "Final QA", start: "2026-11-23", end: "2026-11-27", after: ["plan"], state: "done", done_on: "2026-11-26" },
      meetings: { id: "go", kind: "go-no-go", title: "Go?", at: "2026-11-30T10:30:15", minutes: 30, agenda: ["Gates", "Votes"], outcome: "Go" },
      announcements: { id: "a", title: "Soon", audience: "users", when: { moment: "window-start", minutes: -60 }, channels: ["mail"] },
      people: { id: "ann", hours_per_week: 20, skills: ["design"], days_off: [{ from: "2026-11-24", until: "2026-11-25" }] },
    };
    for (const [list, entry] of Object.entries(whole)) {
      const { fields: known } = KINDS[list as keyof typeof KINDS];
      expect(entryOf(known, valuesOf(known, entry), entry), list).toEqual(entry);
    }
    const plan = told({ title: "EduLibra", overview: "Lend", ready_on: "2026-12-01", risks: [risk] });
    expect(sent(entryOf(PLAN_FIELDS, valuesOf(PLAN_FIELDS, plan), plan))).toEqual(sent(plan));
  });
  it("leave out what was emptied, and what stood inside of it", () => {
    const values = { ...valuesOf(fields, risk), "bound.kind": "", "bound.name": "", contingency: "" };
    const now = entryOf<Record<string, unknown>>(fields, values, risk);
    expect(now).not.toHaveProperty("bound");
    expect(now).not.toHaveProperty("contingency");
    expect(now["id"]).toBe("downtime");
  });
  it("say what is missing and what is out of range", () => {
    const values = { ...valuesOf(fields, null), probability: "7", impact: "2.5" };
    expect(faultsOf(fields, values)).toEqual({ description: "What may happen is needed.", probability: "A whole number from 1 to 5.", impact: "A whole number from 1 to 5." });
    expect(faultsOf(KINDS.scope.fields, { ...valuesOf(KINDS.scope.fields, null), id: "a", title: "A", estimates: "design eight" })).toHaveProperty("estimates");
  });
  it("keep the ids of steps that are as they were, wherever they stand now", () => {
    const { contingency } = risk;
    expect(stepsOfText(stepsInText(contingency), contingency)).toEqual(contingency);
    const turned = stepsOfText("Go back\n$ tidegate rollback 2.0.0\nWait\nTell everybody", contingency);
    expect(turned).toEqual([{ id: "back", text: "Go back", command: "tidegate rollback 2.0.0" }, { id: "step-1", text: "Wait" }, { id: "tell", text: "Tell everybody" }]);
    expect(new Set(stepsOfText("a\na\na", [{ id: "step-1", text: "a" }]).map(({ id }) => id)).size).toBe(3);
  });
  it("read estimates line by line, or not at all", () => {
    expect(estimatesOfText("front end 8\ndesign 12 h\n")).toEqual([{ skill: "front end", hours: 8 }, { skill: "design", hours: 12 }]);
    expect(estimatesOfText("design")).toBeNull();
  });
});

const bar = (row: Partial<PlanBar>): PlanBar => ({ id: "a", name: "A", after: [], state: "open", days: 1, start_day: 0, end_day: 0, slack_days: 0, critical: false, ...row });

describe("the chart of activities", () => {
  const schedule: PlanSchedule = {
    today: "2026-11-25",
    rows: [
      bar({ id: "qa", name: "Final QA", start: "2026-11-23", end: "2026-11-26", start_day: 0, end_day: 3, planned_start: "2026-11-23", planned_end: "2026-11-24", critical: true, late: { how: "overdue", days: 1 } }),
      bar({ id: "out", name: "Deploy", start: "2026-11-27", end: "2026-12-02", start_day: 4, end_day: 9, planned_start: "2026-11-27", planned_end: "2026-12-02", critical: true }),
      bar({ id: "no", name: "Not now", state: "cancelled", start_day: 0, end_day: 0 }),
    ],
    critical_path: ["qa", "out"], from: "2026-11-23", until: "2026-12-02",
    conflicts: { environments: [], components: [], found: [] },
  };
  it("places bars, what was planned where it is another, and today", () => {
    const { bars, today, days, ticks } = gantt(schedule);
    expect(days).toBe(10);
    expect(bars[0]).toMatchObject({ left: 0, width: 40, planned: { left: 0, width: 20 } });
    expect(bars[1]).toMatchObject({ left: 40, width: 60, planned: null });
    expect(today).toBe(25);
    expect(ticks[0]).toEqual({ at: 0, label: "2026-11-23" });
    expect(ticks.length).toBeLessThanOrEqual(8);
  });
  it("has a day where nothing has a date, and no today where that is not on it", () => {
    expect(gantt({ ...schedule, rows: [bar({})] }).days).toBe(1);
    expect(gantt({ ...schedule, today: "2027-11-25" }).today).toBeNull();
  });
  it("has few ticks however long it is", () => {
    expect(gantt({ ...schedule, rows: [bar({ start: "2026-01-01", end_day: 4000 })] }).ticks.length).toBeLessThanOrEqual(8);
  });
  it("says what decides the end and what is late", () => {
    expect(ganttSummary(schedule)).toBe("3 activities, 0 done, 1 late; 2026-11-23 to 2026-12-02, as foreseen. What decides the end: Final QA, then Deploy.");
    expect(lateWords({ how: "will-slip", days: 1 })).toBe("will end 1 day late");
    expect(lateWords(null)).toBe("");
  });
});

describe("what is shown first", () => {
  it("of the scope is what waits for a decision, then what stops the release", () => {
    const scope = [{ id: "a", title: "In", state: "in" }, { id: "b", title: "Out", state: "out" }, { id: "c", title: "Stops", state: "in", decision: "stop-release" }, { id: "d", title: "New", state: "new", labels: ["till"] }] as const;
    const ids = (filter: { group: string; text: string }) => scopeWanted(scope as never, filter).map(({ id }) => id);
    expect(ids({ group: "", text: "" })).toEqual(["d", "c", "a", "b"]);
    expect(ids({ group: "in", text: "" })).toEqual(["c", "a"]);
    expect(ids({ group: "", text: "TILL new" })).toEqual(["d"]);
  });
  it("of test cases is what failed, then what was not run on this candidate", () => {
    const run = (outcome: string, counts: boolean) => ({ outcome, counts, candidate: 1, said: { by: "ann", at_ms: 0 } });
    const cases = ["passed", "old", "blocked", "failed", "never"].map((id) => ({ id, title: id, regression: id === "old" }));
    const runs = { passed: run("passed", true), old: run("passed", false), blocked: run("blocked", true), failed: run("failed", true) } as never;
    expect(casesWanted(cases, runs, "").map(({ id }) => id)).toEqual(["failed", "blocked", "old", "never", "passed"]);
    expect(casesWanted(cases, runs, "left").map(({ id }) => id)).not.toContain("passed");
    expect(casesWanted(cases, runs, "regression").map(({ id }) => id)).toEqual(["old"]);
  });
});

describe("a decision", () => {
  const vote: PlanVote = { role: "qa", name: "QA", person: "ann", decides: false };
  const seen = { phase: "candidate", state: "candidate", decider: "cy", gates: [{ gates: [{ open: true }, { open: false }] }, { gates: [{ open: false }] }] } as unknown as GoNoGo;
  it("is the named person's, while there is a candidate and nothing is on hold", () => {
    expect(mayCall(seen, "cy")).toBe(true);
    expect(mayCall(seen, "ann")).toBe(false);
    expect(mayVote(seen, vote, "ann")).toBe(true);
    expect(mayVote(seen, vote, "cy")).toBe(false);
    for (const other of [{ ...seen, phase: "go" }, { ...seen, state: "on-hold" }] as GoNoGo[]) {
      expect(mayCall(other, "cy")).toBe(false);
      expect(mayVote(other, vote, "ann")).toBe(false);
    }
    // Where nobody is named, nobody calls: not even whoever has no name.
    expect(mayCall({ ...seen, decider: null }, "")).toBe(false);
  });
  it("counts closed gates everywhere", () => expect(closedGates(seen)).toBe(2));
});

describe("moments", () => {
  it("are told by the deployment", () => {
    expect(momentWords({ moment: "window-start", minutes: -1440 })).toBe("a day before the window begins");
    expect(momentWords({ moment: "succeeded" })).toBe("when it has succeeded");
    expect(momentWords({ moment: "started", minutes: 90 })).toBe("90 minutes after the rollout starts");
    expect(momentWords({ moment: "window-end", minutes: 120 })).toBe("2 hours after the window ends");
  });
});
