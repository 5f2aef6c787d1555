import { describe, expect, it, test } from "vitest";
import { colourOf } from "./colours";
import { askedAnew, definitionOf, faults, formOf, growing, newCondition, outcomeOf, renamed, SWITCH, withShare, type Form } from "./form";
import { differences, pretty, same, undone, type Json } from "./json";
import { asked, ruleOf, OPERATORS, withAttribute, type OperatorName } from "./operators";
import { nearest, parsed, placed } from "./places";
import { attributes, counted, groups, movedOf, typed, type Given } from "./sample";
import { inBrief, inWords } from "./words";

const GUIDE: Json = {
  state: "ENABLED",
  variants: { on: true, off: false },
  defaultVariant: "off",
  targeting: { if: [{ ends_with: [{ var: "email" }, "@example.com"] }, "on", { fractional: [["on", 10], ["off", 90]] }] },
};

const form = (definition: Json): Form => {
  const read = formOf(definition);
  if (!read) throw new Error("no form");
  return read;
};

describe("a definition as a form", () => {
  const kept: Json[] = [
    GUIDE,
    SWITCH,
    { state: "DISABLED", variants: { a: "x", b: "y" }, targeting: {} },
    { state: "ENABLED", variants: { a: 1, b: 2 }, defaultVariant: "a", metadata: { team: "shop" }, unknown: [1] },
    // An `if` in the place of the rest, `and`, `or`, negation without a list, a unit, weights that are left out.
    { state: "ENABLED", variants: { a: {}, b: [] }, defaultVariant: "a", targeting: { if: [{ and: [{ "!": { in: [{ var: "c" }, ["x"]] } }, { ">": [{ var: "age" }, 18] }] }, "a", { if: [{ or: [{ sem_ver: [{ var: "v" }, ">=", "1.2.0"] }, { "<": [1, { var: "x" }, 3] }] }, null, { fractional: [{ var: "team" }, ["a"], ["b", 3]] }] }] } },
    { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off", targeting: { cat: ["o", "n"] }, prerequisites: [{ flag: "x", variants: ["on"] }], schedule: [{ at: "2026-12-01T06:00:00Z", state: "DISABLED" }, { at: "2026-12-02T06:00:00Z", state: "ENABLED", offVariant: "off" }] },
  ];
  it.each(kept)("comes back exactly as it was when nobody touched it: %j", (definition) => {
    expect(definitionOf(form(definition), definition)).toEqual(definition);
    expect(faults(form(definition))).toEqual([]);
  });

  it("changes only what was changed", () => {
    const definition = { ...(kept[4] as object), schedule: [{ at: "2026-12-01T06:00:00Z", defaultVariant: "b" }] } as Json;
    const changed = { ...form(definition), defaultVariant: "b" };
    expect(differences(definition, definitionOf(changed, definition))).toEqual([{ path: "/defaultVariant", before: "a", after: "b" }]);
  });

  it("writes rules, shares and a schedule", () => {
    const base = form(SWITCH);
    const rest = outcomeOf({ fractional: [["on", 10], ["off", 90]] });
    const made: Form = {
      ...base, on: true, defaultVariant: "off",
      rules: [{ id: 1, join: "and", conditions: [newCondition("country", "one-of", ["AT", "CH"]), newCondition("age", "least", [18])], gives: { is: "variant", variant: "on" } }],
      rest,
      schedule: [{ id: 2, at: "2026-12-01T06:00:00Z", step: { does: "rest", rest: outcomeOf({ fractional: [["on", 50], ["off", 50]] }) } }],
    };
    const condition = { and: [{ in: [{ var: "country" }, ["AT", "CH"]] }, { ">=": [{ var: "age" }, 18] }] };
    const expected = {
      state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "off", offVariant: "off",
      targeting: { if: [condition, "on", { fractional: [["on", 10], ["off", 90]] }] },
      schedule: [{ at: "2026-12-01T06:00:00Z", targeting: { if: [condition, "on", { fractional: [["on", 50], ["off", 50]] }] } }],
    };
    expect(definitionOf(made, SWITCH)).toEqual(expected);
    // Read again, the planned share follows the rules.
    const again = form(expected as Json);
    expect(again.schedule[0]?.step.does).toBe("rest");
    const [rule] = again.rules;
    if (!rule) throw new Error("no rule");
    const moved = { ...again, rules: [{ ...rule, conditions: [askedAnew(rule.conditions[0] ?? newCondition(), { values: ["DE"] })] }] };
    const written = definitionOf(moved, expected as Json) as { schedule: { targeting: { if: Json[] } }[] };
    expect(written.schedule[0]?.targeting.if[0]).toEqual({ in: [{ var: "country" }, ["DE"]] });
  });

  it("gives everybody one variant by what always holds", () => {
    const made = definitionOf({ ...form(SWITCH), rest: { is: "variant", variant: "on" } }, SWITCH);
    expect(made).toMatchObject({ targeting: { if: [true, "on"] } });
    expect(form(made)).toMatchObject({ rules: [], rest: { is: "variant", variant: "on" } });
    expect(inWords(made)?.lines).toEqual([{ who: "Everybody", gets: "on (true)" }]);
  });

  it("says what cannot be written", () => {
    const bad = { ...form(SWITCH), kind: "number" as const, variants: [{ id: 1, name: "a", text: "x" }, { id: 2, name: "a", text: "2" }], rules: [{ id: 3, join: "and" as const, conditions: [], gives: { is: "variant" as const, variant: "" } }] };
    expect(faults(bad)).toEqual(["Two variants are called a.", "The value of a is no number.", "Rule 1 asks nothing.", "Say what rule 1 gets."]);
    expect(formOf([])).toBeNull();
    expect(formOf({ variants: 3 })).toBeNull();
  });

  it("renames a variant wherever it is named", () => {
    const made = renamed(form(GUIDE), "on", "new");
    const renamedVariants = { ...made, variants: made.variants.map((one) => (one.name === "on" ? { ...one, name: "new" } : one)) };
    expect(JSON.stringify(definitionOf(renamedVariants, GUIDE))).not.toContain('"on"');
  });
});

describe("shares", () => {
  const shares = (...weights: number[]) => weights.map((weight, at) => ({ variant: String(at), weight }));
  const weights = (given: { weight: number }[]) => given.map(({ weight }) => weight);
  test.each([
    [shares(10, 90), 0, 25, [25, 75]],
    [shares(10, 90), 0, 0.5, [5, 995]],
    [shares(1, 3), 0, 30, [30, 70]],
    [shares(1, 3), 0, 25, [1, 3]],
    [shares(10, 20, 70), 0, 95, [80, 20, 0]],
    [shares(10, 20, 70), 1, 30, [10, 30, 60]],
    [shares(0, 0), 0, 10, [10, 90]],
  ])("%j: %i becomes %d %%", (given, index, percent, expected) => {
    expect(weights(withShare(given, index, percent))).toEqual(expected);
  });

  it("begins with what grows", () => {
    expect(growing(form({ state: "ENABLED", variants: { off: false, on: true }, defaultVariant: "on", offVariant: "off" }))).toEqual(["on", "off"]);
    expect(growing(form({ state: "ENABLED", variants: { a: 1, b: 2, c: 3 }, defaultVariant: "b" }))).toEqual(["a", "c", "b"]);
  });

  it("keeps the sum where it can, so that nobody is moved out", () => {
    let now = shares(5, 95);
    for (const percent of [10, 25, 50, 100]) {
      now = withShare(now, 0, percent);
      expect(weights(now)).toEqual([percent, 100 - percent]);
    }
  });
});

describe("in words", () => {
  it("says who gets what", () => {
    const told = inWords(GUIDE);
    expect(told?.lines.map(({ who, gets }) => `${who}: ${gets}`)).toEqual(["Where email ends with “@example.com”: on (true)", "Everybody else: 10 % on, 90 % off"]);
    expect(told?.off).toBe("off (false)");
    expect(inBrief(GUIDE)).toBe("1 rule, else 10 % on");
    expect(inBrief(SWITCH)).toBe("gives off");
    expect(inBrief({ ...(SWITCH as object), state: "ENABLED" } as Json)).toBe("gives on");
    expect(inWords("nothing")).toBeNull();
  });

  it("says what is planned and needed, and quotes what it does not know", () => {
    const told = inWords({ ...(GUIDE as object), targeting: { cat: ["o", "n"] }, prerequisites: [{ flag: "base", variants: ["on", "beta"] }], schedule: [{ at: "2026-12-01T06:00:00Z", state: "DISABLED" }, { at: "2026-12-02T06:00:00Z", state: "ENABLED", offVariant: "on" }] } as Json);
    expect(told?.lines[0]?.gets).toBe('{"cat":["o","n"]}');
    expect(told?.needs).toEqual(["Only where base gives on or beta; else everybody gets off."]);
    expect(told?.planned.map(({ what }) => what)).toEqual(["it is switched off", '{"state":"ENABLED","offVariant":"on"}']);
  });
});

describe("operators", () => {
  it.each(Object.keys(OPERATORS) as OperatorName[])("%s is read as it is written", (name) => {
    const values = OPERATORS[name].takes === "none" ? [] : OPERATORS[name].takes === "many" ? ["a", "b"] : name.startsWith("version") ? ["1.2.3"] : ["a"];
    const given = { attribute: "user.x", operator: name, values };
    expect(asked(ruleOf(given))).toEqual(given);
  });
  it("leaves alone what is more", () => {
    for (const rule of [{ "==": [{ var: "a" }, { var: "b" }] }, { "<": [1, { var: "a" }, 3] }, { in: [{ var: "a" }, { var: "b" }] }, { var: ["a", 1] }, { "==": [{ var: "a" }, null] }, { or: [] }, true] as Json[]) expect(asked(rule)).toBeNull();
  });
  it("puts an attribute where its name says", () => {
    expect(withAttribute({ user: { id: 1 } }, "user.mail", "x")).toEqual({ user: { id: 1, mail: "x" } });
  });
});

describe("differences", () => {
  it("tells each place once, and can be undone", () => {
    const before = { "a/b": 1, list: [1, 2], gone: true, same: { x: 1 } };
    const after = { "a/b": 2, list: [1, 3, 4, 5], same: { x: 1 }, new: null };
    const made = differences(before, after);
    expect(made.map(({ path }) => path)).toEqual(["/a~1b", "/gone", "/list/1", "/list/2", "/list/3", "/new"]);
    expect(same(undone(after, made), before)).toBe(true);
    expect(undone(before, differences(after, before))).toEqual(after);
    expect(undone(after, differences({}, after))).toEqual({});
    expect(differences(before, { ...before })).toEqual([]);
  });
  it("does not mind the order of members", () => {
    expect(differences({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toEqual([]);
  });
});

test("what is short stands on one line, and it stays what it is", () => {
  expect(pretty({ state: "ENABLED", variants: { on: true }, targeting: { fractional: [["on", 10], ["off", 90]] } })).toBe(
    '{\n  "state": "ENABLED",\n  "variants": { "on": true },\n  "targeting": {\n    "fractional": [["on", 10], ["off", 90]]\n  }\n}',
  );
  for (const value of [null, [], {}, "x", [[[[1]]]], GUIDE] as Json[]) expect(JSON.parse(pretty(value))).toEqual(value);
});

describe("places in a text", () => {
  const text = '{\n  "state": "ENABLED",\n  "a/b": [1, {"x": null}]\n}';
  const read = parsed(text);
  const places = "places" in read ? read.places : new Map();
  it("finds what a pointer names, or what is around it", () => {
    expect(nearest(places, "/a~1b/1/x")).toMatchObject({ line: 3, column: 20 });
    expect(nearest(places, "/a~1b/7/y")).toMatchObject({ line: 3, column: 10 });
    expect(nearest(places, "/nothing")).toMatchObject({ line: 1, column: 1 });
  });
  test.each([
    ['{"a": 1,}', 1, 9], ['{"a" 1}', 1, 6], ["{'a': 1}", 1, 2], ['{\n "a": yes}', 2, 7], ['{"a": 1} 2', 1, 10], ['["x', 1, 2], ["", 1, 1], ['{"a":1,"a":2}', 1, 8], ["[1 2]", 1, 4],
  ])("says where %j is no JSON", (wrong, line, column) => {
    const found = parsed(wrong);
    expect("wrong" in found && found.wrong.at).toMatchObject({ line, column });
  });
  it("reads what JSON.parse reads", () => {
    for (const given of ["0", "-1.5e3", '"\\u00e9\\n"', "[]", "{}", ' [true, null, {"": {}}] ', '{"__proto__": 1}']) {
      const found = parsed(given);
      expect("value" in found && JSON.stringify(found.value)).toBe(JSON.stringify(JSON.parse(given)));
    }
    expect("wrong" in parsed("[".repeat(500))).toBe(true);
  });
  it("takes the pointer from what the server says", () => {
    expect(placed("the definition of `x` cannot be served: /targeting/if/0: there is no operator `is`")).toEqual({ pointer: "/targeting/if/0", message: "there is no operator `is`" });
    expect(placed("the definition of `x` cannot be served: its prerequisites lead back")).toEqual({ message: "its prerequisites lead back" });
  });
});

describe("a sample", () => {
  it("has some for each rule, and nobody special", () => {
    const [ruled, plain] = groups(GUIDE);
    expect(ruled?.label).toBe("email ends with “@example.com”");
    expect(ruled?.subjects[1]).toEqual({ targetingKey: "subject-2", email: "subject-2@example.com" });
    expect(plain?.subjects).toHaveLength(500);
    expect(attributes(GUIDE)).toEqual(["email"]);
    expect(groups({ ...(GUIDE as object), targeting: { if: [{ "<": [1, { var: "x" }] }, "on"] } } as Json)).toHaveLength(1);
  });
  it("counts, and says who would be moved", () => {
    const given = (variant: string | null, reason = "SPLIT") => ({ key: "x", variant, reason, metadata: {} }) as unknown as Given;
    expect(counted([given("on"), given("off"), given("on"), given(null, "ERROR"), given(null, "DEFAULT")])).toEqual([{ variant: "on", count: 2 }, { variant: "an error", count: 1 }, { variant: "off", count: 1 }, { variant: "own default", count: 1 }]);
    expect(movedOf([given("on"), given("off")], [given("off"), given("off")])).toBe(1);
  });
  it("takes what is typed for what it is", () => {
    expect(["5", "true", "ann", "1.2.0", '["a"]', "{broken}", ""].map(typed)).toEqual([5, true, "ann", "1.2.0", ["a"], "{broken}", ""]);
  });
});

test("a variant has its colour wherever it is drawn, and off has none", () => {
  expect(["on", "off", "gone"].map((name) => colourOf(["off", "on"], name))).toEqual(["v1", "quiet", "quiet"]);
  expect(["b", "a", "c"].map((name) => colourOf(["c", "b", "a"], name))).toEqual(["v2", "v1", "v3"]);
});
