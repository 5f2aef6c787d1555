import { expect, test } from "vitest";
import type { FlagChange } from "@/api/types";
import { definitionAt } from "./editions";
import { differences, type Json } from "./json";

const EDITIONS: Json[] = [{}, { state: "DISABLED", list: [1, 2] }, { state: "ENABLED", list: [1, 2] }, { state: "ENABLED", list: [3], x: 1 }];
const change = (edition: number, environment = "production"): FlagChange =>
  ({ edition, environment, differences: differences(EDITIONS[edition - 1], EDITIONS[edition]) }) as unknown as FlagChange;
const HISTORY = [{ edition: null, environment: "production", differences: [] } as unknown as FlagChange, change(3), change(1, "staging"), change(2), change(1)];
const STANDS = { definition: EDITIONS[3] ?? null, edition: 3 };

test.each([1, 2, 3])("edition %i is worked out", (wanted) => {
  expect(definitionAt(HISTORY, "production", STANDS, wanted)).toEqual(EDITIONS[wanted]);
});

test("what the history does not have is not guessed", () => {
  expect(definitionAt(HISTORY.slice(0, 2), "production", STANDS, 1)).toBeNull();
  const cut = HISTORY.map((one) => (one.edition === 2 ? { ...one, differences: Array.from({ length: 200 }, () => ({ path: "/x" })) } : one));
  expect(definitionAt(cut, "production", STANDS, 1)).toBeNull();
});
