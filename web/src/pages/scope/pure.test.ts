import { describe, expect, it } from "vitest";
import type { ScopeSource } from "@/api/types";
import { formOf, noRule, noSource, requestOf, wrongWith } from "./form";
import { often, ruleWords, standing } from "./words";

const SOURCE: ScopeSource = {
  name: "shop", kind: "gitlab", project: "acme/shop", base: "https://git.example/api/v4", milestone: "2.1.0", labels: ["bug"], every_minutes: 0,
  token: { environment: "production", secret: "GITLAB_TOKEN" }, rules: [{ label: "crash", severity: "critical", feature: false }], edition: 1, gone: 0, count: 3, pages: 1, state: "whole", read_ms: 1,
};

describe("the form of a source", () => {
  it("is sent as it was read", () => {
    const { kind, project, base, milestone, labels, every_minutes, token, rules } = SOURCE;
    expect(requestOf(formOf(SOURCE))).toEqual({ kind, project, base, milestone, labels, every_minutes, token, rules });
  });
  it("leaves out what is empty, and asks nothing of a table", () => {
    expect(requestOf({ ...noSource, project: " acme/shop ", every: "" })).toEqual({ kind: "github", project: "acme/shop", base: null, milestone: null, labels: [], every_minutes: null, token: null, rules: [] });
    expect(requestOf({ ...formOf(SOURCE), kind: "csv" })).toEqual({ kind: "csv", rules: SOURCE.rules });
    expect(requestOf({ ...noSource, kind: "csv", rules: [{ ...noRule, milestone: "Sprint *", version: " 3.* ", feature: "yes" }] })).toEqual({ kind: "csv", rules: [{ milestone: "Sprint *", version: "3.*", feature: true }] });
  });
  it("says what is missing", () => {
    expect(Object.keys(wrongWith(noSource))).toEqual(["name", "project"]);
    expect(wrongWith({ ...formOf(SOURCE), secret: "" })).toHaveProperty("secret");
    expect(wrongWith({ ...formOf(SOURCE), kind: "csv", project: "", secret: "" })).toEqual({});
  });
});

describe("a source in words", () => {
  it("says how it stands", () => {
    expect(standing({ ...SOURCE, state: "stopped" }).tone).toBe("bad");
    expect(standing({ ...SOURCE, state: "waiting" }).word).toBe("waiting for a limit");
    expect(standing(SOURCE).word).toBe("up to date");
    expect(standing({ ...SOURCE, kind: "csv", count: 0, read_ms: null }).word).toBe("no table yet");
  });
  it("says how often, and what a rule means", () => {
    expect(often(SOURCE)).toBe("when somebody asks");
    expect(often({ kind: "github", every_minutes: 15 })).toBe("every 15 minutes");
    expect(ruleWords({ label: "area/pay*", milestone: "Sprint *", version: "3.*", skill: "backend" })).toBe("label area/pay* and milestone Sprint * → version 3.*, skill backend");
  });
});
