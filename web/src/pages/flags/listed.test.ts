import { expect, test } from "vitest";
import type { Flag } from "@/api/types";
import { owners, wantedOf, type FlagFilter } from "./listed";

const flag = (key: string, more: Partial<Flag> = {}): Flag => ({
  key, kind: "release", archived: false, environments: [], waiting: 0, created_ms: 0, changed_ms: 0, ...more,
});
const at = (environment: string, on: boolean) => ({ environment, on, edition: 1, changed_by: "ann", changed_ms: 0, served: [] });

const FLAGS = [
  flag("checkout", { owner: "Shop", environments: [at("staging", true), at("production", false)], changed_ms: 3, remove_by_ms: 90 }),
  flag("banner", { kind: "operations", owner: "Ops", environments: [at("production", true)], changed_ms: 5, stale: "nobody asked" }),
  flag("draft", { description: "a new Till", changed_ms: 4, remove_by_ms: 10 }),
];
const NONE: FlagFilter = { text: "", kind: "", owner: "", environment: "", stands: "", stale: false, order: "" };
const keys = (change: Partial<FlagFilter>) => wantedOf(FLAGS, { ...NONE, ...change }).map(({ key }) => key);

test.each([
  [{}, ["banner", "draft", "checkout"]],
  [{ text: "till NEW" }, ["draft"]],
  [{ text: "shop" }, ["checkout"]],
  [{ kind: "operations" }, ["banner"]],
  [{ owner: "Shop" }, ["checkout"]],
  [{ environment: "production" }, ["banner", "checkout"]],
  [{ environment: "production", stands: "on" }, ["banner"]],
  [{ environment: "production", stands: "off" }, ["checkout"]],
  [{ environment: "staging", stands: "nowhere" }, ["banner", "draft"]],
  [{ stands: "on" }, ["banner", "checkout"]],
  [{ stands: "nowhere" }, ["draft"]],
  [{ stale: true }, ["banner"]],
  [{ order: "key" }, ["banner", "checkout", "draft"]],
  [{ order: "removal" }, ["draft", "checkout", "banner"]],
] as [Partial<FlagFilter>, string[]][])("%j", (filter, expected) => {
  expect(keys(filter)).toEqual(expected);
});

test("owners stand once, in order", () => {
  expect(owners([...FLAGS, flag("x", { owner: "Ops" })])).toEqual(["Ops", "Shop"]);
});
