import { describe, expect, it } from "vitest";
import { copyOf, dayWords, entryWords, fieldsOf, keptDays, withDays } from "./lists";

const DAYS = [{ activity: "qa", from: -7, until: -3 }, { activity: "deploy", from: 0, until: 0 }];

describe("a template", () => {
  it("asks nothing that belongs to one release alone", () => {
    expect(fieldsOf("activities").map(({ name }) => name)).toEqual(["name", "owner", "after"]);
    expect(fieldsOf("roles").map(({ name }) => name)).not.toContain("person");
    expect(fieldsOf("objectives")).toHaveLength(1);
  });
  it("says its days from the one on which all is ready", () => {
    expect(dayWords({ from: -7, until: -3 })).toBe("7 days before to 3 days before");
    expect(dayWords({ from: 0, until: 0 })).toBe("the day on which all is ready");
    expect(dayWords({ from: 1, until: 2 })).toBe("1 day after to 2 days after");
  });
  it("keeps days with their activities, and one number is a day", () => {
    expect(keptDays({ activities: [{ id: "qa", name: "QA", state: "open" }] }, DAYS)).toEqual([DAYS[0]]);
    expect(withDays(DAYS, "qa", -2, "")).toEqual([DAYS[1], { activity: "qa", from: -2, until: -2 }]);
    expect(withDays(DAYS, "qa", "", "")).toEqual([DAYS[1]]);
    expect(withDays([], "new", "", -1)).toEqual([{ activity: "new", from: -1, until: -1 }]);
  });
  it("remembers what it was made from", () => {
    const copy = copyOf({ name: "planned", version: 2, versions: [1, 2], change: "", own: false, days: [], document: { title: "Release", template: { name: "old", version: 1 } } as never });
    expect(copy.template).toEqual({ name: "planned", version: 2 });
  });
  it("reads an entry of any list", () => {
    expect(entryWords({ id: "go", kind: "go-no-go", title: "Decide", minutes: 30 })).toEqual({ title: "Decide", about: "go no go · 30 minutes" });
    expect(entryWords({ id: "rm", name: "Release Manager", decides: true }).about).toBe("makes the final call");
    expect(entryWords({ id: "x" }).title).toBe("x");
  });
});
