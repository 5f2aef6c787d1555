import { expect, test, vi } from "vitest";
import type { Gate, Named, Release, Whoami, Why } from "@/api/types";

vi.stubGlobal("window", { location: { pathname: "/", origin: "" } });
const { mine, waiting } = await import("./waiting");

const signing = (change: Partial<Named<"Signing">> = {}): Named<"Signing"> => ({
  needed: 2, yes: [], no: null, roles: ["approver", "release-manager"], groups: [], author_counts: false, ...change,
});

function found(change: Partial<Named<"Signing">>, me: Partial<Whoami> = {}, may = () => true) {
  const gate = { name: "approval", kind: "approval", open: false, why: "", who: "the role approver", command: "", signing: signing(change) } as Gate;
  const why = [{ release: "1.0.0", environment: "production", gates: [gate] } as unknown as Why];
  const reader = { name: "bo", kind: "person", open: false, groups: [], grants: [{ role: "approver", project: null, environment: "production" }], ...me } as unknown as Whoami;
  return waiting(why, [{ version: "1.0.0", author: "ann" } as Release], { me: reader, may });
}

test("a gate that asks for one's role is one's own until one has said something", () => {
  expect(mine(found({}))).toHaveLength(1);
  expect(mine(found({ yes: ["bo"] }))).toHaveLength(0);
  expect(found({ yes: ["bo"] })[0]?.said).toBe("yes");
  expect(found({ no: "bo" })[0]?.said).toBe("no");
});

test("somebody whose word does not count is told why", () => {
  expect(found({}, { name: "ann" })[0]?.whyNot).toBe("you made this release");
  expect(found({ author_counts: true }, { name: "ann" })[0]?.whyNot).toBe("");
  expect(found({ no: "eve" })[0]?.whyNot).toContain("eve said no");
  expect(found({}, { grants: [] })[0]?.whyNot).toBe("it asks for the role approver");
  expect(found({}, { grants: [{ role: "approver", project: null, environment: "staging" }] })[0]?.whyNot).not.toBe("");
  expect(found({}, {}, () => false)[0]?.whyNot).toContain("you may not sign");
  expect(found({}, { kind: "service" })[0]?.whyNot).toBe("a program signs nothing");
});

test("a group counts as a role does, and nobody named means anybody", () => {
  expect(found({ roles: [], groups: ["qa"] }, { grants: [], groups: ["qa"] })[0]?.whyNot).toBe("");
  expect(found({ roles: [], groups: ["qa"] }, { groups: [] })[0]?.whyNot).not.toBe("");
  expect(found({ roles: [] }, { grants: [] })[0]?.whyNot).toBe("");
});
