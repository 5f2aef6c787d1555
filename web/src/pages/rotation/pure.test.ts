import { describe, expect, it } from "vitest";
import { added, awayWords, formOf, isOverdue, moved, requestOf } from "./form";

const TURNS = { role: "release-manager", people: ["ann", "bob", "cid"], away: { bob: [{ from: "2026-12-24", until: "2027-01-02" }] }, before: [], passed_over: [], why: "" };

describe("taking turns", () => {
  it("is sent as it was read", () => {
    const { role, people, away } = TURNS;
    expect(requestOf(formOf(TURNS))).toEqual({ role, people, away, note: null });
  });
  it("keeps no absence of somebody who left, and one without an end is a day", () => {
    const form = { ...formOf(TURNS), people: ["ann"], away: [{ person: "ann", from: "2026-12-01", until: "" }, { person: "bob", from: "2026-12-24", until: "" }, { person: "ann", from: "", until: "" }] };
    expect(requestOf(form).away).toEqual({ ann: [{ from: "2026-12-01", until: "2026-12-01" }] });
  });
  it("moves people without losing any", () => {
    expect(moved(TURNS.people, 0, 1)).toEqual(["bob", "ann", "cid"]);
    expect(moved(TURNS.people, 2, -1)).toEqual(["ann", "cid", "bob"]);
    for (const index of [0, 1, 2]) for (const by of [-1, 1] as const) expect(moved(TURNS.people, index, by).toSorted()).toEqual(["ann", "bob", "cid"]);
    expect(moved(TURNS.people, 0, -1)).toEqual(TURNS.people);
    expect(added(TURNS.people, " ann ")).toEqual(TURNS.people);
    expect(added(TURNS.people, "dee")).toEqual(["ann", "bob", "cid", "dee"]);
  });
  it("says who is away from now on, and what is overdue", () => {
    expect(awayWords([{ from: "2026-01-01", until: "2026-01-02" }, { from: "2026-12-24", until: "2026-12-24" }], "2026-11-22")).toBe("2026-12-24");
    expect(isOverdue("2026-11-21", "2026-11-22")).toBe(true);
    expect(isOverdue("2026-11-22", "2026-11-22")).toBe(false);
    expect(isOverdue(null, "2026-11-22")).toBe(false);
  });
});
