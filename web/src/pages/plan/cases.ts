// Which test cases are shown: what failed first, then what is still to be run. Pure.
import type { Plan } from "@/api/types";
import type { TestCase } from "./document";

export function casesWanted(cases: readonly TestCase[], runs: Plan["runs"], group: string): TestCase[] {
  const place = ({ id }: TestCase) => {
    const run = runs[id];
    if (!run?.counts) return 2;
    return { failed: 0, blocked: 1, passed: 3 }[run.outcome];
  };
  return cases
    .filter((one) => (group === "left" ? place(one) !== 3 : group === "regression" ? one.regression === true : group === "acceptance" ? one.acceptance === true : true))
    .map((one, index) => ({ one, index }))
    .sort((a, b) => place(a.one) - place(b.one) || a.index - b.index)
    .map(({ one }) => one);
}
