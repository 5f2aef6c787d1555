import { expect, test, vi } from "vitest";
import type { Named } from "./types";

vi.stubGlobal("window", { location: { pathname: "/", origin: "" } });
const { allows } = await import("./may");

const may = (right: Named<"May">["right"], environment: string | null, installation = false): Named<"May"> => ({ right, environment, installation });

test("what counts over a project is not had by a right in one environment", () => {
  expect(allows([may("read-audit", "production")], "read-audit")).toBe(false);
  expect(allows([may("read-audit", null)], "read-audit")).toBe(true);
  expect(allows([may("waive", "production")], "waive", "production")).toBe(false);
});

test("what counts in an environment is had there, and somewhere", () => {
  const approver = [may("sign", "production")];
  expect(allows(approver, "sign")).toBe(true);
  expect(allows(approver, "sign", "production")).toBe(true);
  expect(allows(approver, "sign", "staging")).toBe(false);
  expect(allows([may("sign", null)], "sign", "staging")).toBe(true);
});

test("an environment is configured where one may, the project only by who may everywhere", () => {
  const there = [may("configure", "staging")];
  expect(allows(there, "configure")).toBe(false);
  expect(allows(there, "configure", "staging")).toBe(true);
  expect(allows(there, "configure", "production")).toBe(false);
});

test("people belong to the installation", () => {
  expect(allows([may("administer", null)], "administer")).toBe(false);
  expect(allows([may("administer", null, true)], "administer")).toBe(true);
  expect(allows([], "administer")).toBe(false);
});
