import { describe, expect, it } from "vitest";
import type { Catalog, Release } from "@/api/types";
import { COMMITS_MAX, readCommits } from "./commits";
import { emptyForm, requestOf, wrongWith } from "./form";
import { merge } from "./known";
import { isWanted, listed } from "./listed";

const catalog = { components: { api: { depends_on: [], run: ["./api"] }, web: { depends_on: ["api"], run: ["./web"] } }, environments: [], stages: [] } as Catalog;
const release = (version: string, changed_ms = 0) => ({ version, changed_ms, created_ms: 0, author: "ann", kind: "planned", notes: ["Refunds"], components: { api: { version } }, standings: {} }) as Release;

describe("the form for a new release", () => {
  it("says what is wrong, field by field", () => {
    const form = emptyForm(catalog);
    expect(Object.keys(wrongWith(form))).toEqual(["version", "components"]);
    const [api] = form.components;
    if (!api) throw new Error("no component");
    const relative = { ...form, version: "2.0.0", components: [{ ...api, included: true, path: "build/api" }] };
    expect(wrongWith(relative)).toEqual({ api: "The path must be absolute: begin with /." });
  });

  it("becomes a request of what was chosen alone", () => {
    const form = emptyForm(catalog);
    const [api, web] = form.components;
    if (!api || !web) throw new Error("no components");
    const filled = {
      version: " 2.0.0 ", hotfix: true, notes: "one\n\n two ", commits: "a1b2 2026-01-01T10:00:00Z\tKeep the cart (#12)\n",
      components: [{ ...api, included: true, path: "/srv/api ", version: "" }, { ...web, included: true, from: "command" as const, version: "1.9" }],
    };
    expect(wrongWith(filled)).toEqual({});
    expect(requestOf(filled)).toEqual({
      version: "2.0.0", kind: "hotfix", notes: ["one", "two"], commits: [{ id: "a1b2", authored_ms: 1_767_261_600_000, message: "Keep the cart (#12)" }], components: { api: { path: "/srv/api" }, web: { command: true, version: "1.9" } },
    });
  });
});

describe("commits of a release", () => {
  it("are read as git writes them", () => {
    const authored_ms = 1_767_261_600_000;
    expect(readCommits("a1b2 2026-01-01T10:00:00Z\n\r\nc3d4 2026-01-01T12:00:00+02:00 #7\r\n")).toEqual({ commits: [{ id: "a1b2", authored_ms }, { id: "c3d4", authored_ms, pull_request: "#7" }] });
    expect(readCommits(" \n")).toEqual({ commits: [] });
  });

  it.each(["a1b2", "a1b2 yesterday", "a1b2 1961-01-01T10:00:00Z", "a1b2 2026-01-01T10:00:00Z #7 more", "a1b2 7"])("are refused by their line: %s", (line) => {
    expect(readCommits(`e5f6 2026-01-01T10:00:00Z\n${line}`).wrong).toMatch(/^Line 2: /);
  });

  it("are not more than a release takes", () => {
    expect(readCommits("a1b2 2026-01-01T10:00:00Z\n".repeat(COMMITS_MAX + 1)).wrong).toContain("at most 5000");
  });
});

it("finds a release by any of its words", () => {
  const row = listed(catalog, release("1.2.0"), new Map());
  expect(isWanted(row, "ref ann", "")).toBe(true);
  expect(isWanted(row, "bo", "")).toBe(false);
  expect(isWanted(row, "", "nowhere")).toBe(true);
  expect(isWanted(row, "", "live")).toBe(false);
});

it("merges what changed into what was known", () => {
  const known = { items: [release("1.1.0", 2), release("1.0.0", 1)], next: 7 };
  const merged = merge({ items: [release("1.0.0", 3)], next: 9 }, known);
  expect(merged.items.map(({ version, changed_ms }) => `${version} ${changed_ms}`)).toEqual(["1.0.0 3", "1.1.0 2"]);
  expect(merged.next).toBe(7);
});
