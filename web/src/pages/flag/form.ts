// A definition as a form: what people usually want of it in fields, everything else kept as it is. What nobody touched is
// written back exactly as it was read. Pure.
import { isMembers, same, type Json, type Members } from "./json";
import { asked, ruleOf, type Asked, type OperatorName, type Value } from "./operators";

export type Kind = "boolean" | "text" | "number" | "json";

export interface Variant {
  id: number;
  name: string;
  /** Of the form's kind, as it is typed. */
  text: string;
}

export interface Share {
  variant: string;
  weight: number;
}

export type Outcome =
  | { is: "variant"; variant: string }
  | { is: "default" }
  | { is: "shares"; shares: Share[]; unit?: Json }
  /** More than the form knows. */
  | { is: "raw"; source: Json };

/** `source` is what it was read from, until it is changed. */
export type Condition = { id: number; source?: Json } & (Asked | { operator: "raw"; source: Json });

export interface Rule {
  id: number;
  join: "and" | "or";
  conditions: Condition[];
  gives: Outcome;
}

export type Step =
  | { does: "state"; on: boolean }
  | { does: "default"; variant: string }
  | { does: "rest"; rest: Outcome }
  | { does: "raw"; source: Json };

export interface Entry {
  id: number;
  /** In RFC 3339. */
  at: string;
  step: Step;
}

export interface Needed {
  id: number;
  flag: string;
  variants: string[];
}

export interface Form {
  on: boolean;
  kind: Kind;
  variants: Variant[];
  defaultVariant: string | null;
  offVariant: string | null;
  rules: Rule[];
  /** Of everybody else. */
  rest: Outcome;
  schedule: Entry[];
  prerequisites: Needed[];
}

let last = 0;
/** For lists on a screen; never compared and never sent. */
export function newId(): number {
  last += 1;
  return last;
}

const KNOWN = ["state", "variants", "defaultVariant", "offVariant", "targeting", "schedule", "prerequisites"];

/** Null for what is no definition at all. */
export function formOf(definition: Json): Form | null {
  if (!isMembers(definition) || !isMembers(definition["variants"])) return null;
  const { state, variants, defaultVariant, offVariant, targeting, schedule, prerequisites } = definition;
  if ((schedule !== undefined && !Array.isArray(schedule)) || (prerequisites !== undefined && !Array.isArray(prerequisites))) return null;
  const kind = kindOf(Object.values(variants as Members));
  const { rules, rest } = targetingOf(targeting);
  const needed = (prerequisites ?? []).map(neededOf);
  if (needed.some((one) => one === null)) return null;
  return {
    on: state === "ENABLED",
    kind,
    variants: Object.entries(variants as Members).map(([name, value]) => ({ id: newId(), name, text: textOf(value, kind) })),
    defaultVariant: nameOf(defaultVariant),
    offVariant: nameOf(offVariant),
    rules,
    rest,
    schedule: (schedule ?? []).map((entry) => entryOf(entry, rules)),
    prerequisites: needed.filter((one) => one !== null),
  };
}

function neededOf(given: Json): Needed | null {
  if (!isMembers(given) || typeof given["flag"] !== "string" || !Array.isArray(given["variants"])) return null;
  const variants = given["variants"];
  const more = Object.keys(given).some((name) => name !== "flag" && name !== "variants");
  return more || !variants.every((one) => typeof one === "string") ? null : { id: newId(), flag: given["flag"], variants };
}

const nameOf = (value: Json | undefined) => (typeof value === "string" ? value : typeof value === "boolean" ? String(value) : null);

function kindOf(values: Json[]): Kind {
  const kinds = new Set(values.map((value) => (typeof value === "string" ? "text" : typeof value === "boolean" || typeof value === "number" ? typeof value : "json")));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? (only as Kind) : "json";
}

const textOf = (value: Json, kind: Kind) => (kind === "text" ? String(value) : kind === "json" ? JSON.stringify(value) : String(value));

function targetingOf(targeting: Json | undefined): Pick<Form, "rules" | "rest"> {
  if (targeting === undefined || targeting === null || (isMembers(targeting) && Object.keys(targeting).length === 0)) return { rules: [], rest: { is: "default" } };
  const rules: Rule[] = [];
  let rest: Json = targeting;
  // An `if` that stands at the end of another says only more of the same.
  while (isMembers(rest) && Object.keys(rest).length === 1 && Array.isArray(rest["if"])) {
    const parts: Json[] = rest["if"];
    if (parts.length < 2) break;
    const pairs = Math.floor(parts.length / 2);
    // Targeting is an object, so that everybody gets one variant is written as what always holds.
    if (pairs === 1 && parts.length === 2 && parts[0] === true) {
      rest = parts[1] ?? null;
      break;
    }
    for (let pair = 0; pair < pairs; pair += 1) rules.push(ruleFrom(parts[pair * 2] ?? null, parts[pair * 2 + 1] ?? null));
    rest = parts.length % 2 === 1 ? (parts.at(-1) ?? null) : null;
  }
  return { rules, rest: outcomeOf(rest) };
}

function ruleFrom(condition: Json, gives: Json): Rule {
  const joined = isMembers(condition) && Object.keys(condition).length === 1 ? Object.entries(condition)[0] : undefined;
  const [join, inner] = joined ?? [];
  const many = (join === "and" || join === "or") && Array.isArray(inner) && inner.length > 0;
  const list: Json[] = many ? (inner as Json[]) : [condition];
  return { id: newId(), join: many && join === "or" ? "or" : "and", conditions: list.map(conditionOf), gives: outcomeOf(gives) };
}

function conditionOf(source: Json): Condition {
  const simple = asked(source);
  return simple ? { id: newId(), ...simple, source } : { id: newId(), operator: "raw", source };
}

export function outcomeOf(source: Json): Outcome {
  if (source === null) return { is: "default" };
  if (typeof source === "string" || typeof source === "boolean") return { is: "variant", variant: String(source) };
  if (isMembers(source) && Object.keys(source).length === 1 && Array.isArray(source["fractional"])) {
    const args: Json[] = source["fractional"];
    const [first] = args;
    const has = !isShare(first);
    const shares = has ? args.slice(1) : args;
    if (shares.length > 0 && shares.every(isShare)) {
      const read = shares.map(([variant, weight = 1]) => ({ variant, weight }));
      return has ? { is: "shares", shares: read, unit: first ?? null } : { is: "shares", shares: read };
    }
  }
  return { is: "raw", source };
}

type WrittenShare = [string, number?];
const isShare = (given: Json | undefined): given is WrittenShare & Json =>
  Array.isArray(given) && typeof given[0] === "string" && given.length <= 2 && (given.length === 1 || (Number.isInteger(given[1]) && (given[1] as number) >= 0));

function entryOf(given: Json, rules: Rule[]): Entry {
  const raw = (): Entry => ({ id: newId(), at: isMembers(given) && typeof given["at"] === "string" ? given["at"] : "", step: { does: "raw", source: given } });
  if (!isMembers(given) || typeof given["at"] !== "string") return raw();
  const { at, ...change } = given;
  const [[name, value] = ["", null], ...more] = Object.entries(change);
  if (more.length > 0) return raw();
  const step = ((): Step | null => {
    if (name === "state" && (value === "ENABLED" || value === "DISABLED")) return { does: "state", on: value === "ENABLED" };
    if (name === "defaultVariant" && typeof value === "string") return { does: "default", variant: value };
    if (name !== "targeting") return null;
    const then = targetingOf(value);
    return then.rest.is !== "raw" && same(rulesOf(then.rules), rulesOf(rules)) ? { does: "rest", rest: then.rest } : null;
  })();
  return step ? { id: newId(), at, step } : raw();
}

const rulesOf = (rules: Rule[]): Json => rules.flatMap((rule) => [conditionFrom(rule), outcomeFrom(rule.gives)]);

function conditionFrom({ join, conditions }: Rule): Json {
  const each = conditions.map((one): Json => one.source ?? (one.operator === "raw" ? null : ruleOf(one)));
  return each.length === 1 ? (each[0] ?? null) : { [join]: each };
}

export function outcomeFrom(outcome: Outcome): Json {
  switch (outcome.is) {
    case "variant":
      return outcome.variant;
    case "default":
      return null;
    case "shares": {
      const shares: Json[] = outcome.shares.map(({ variant, weight }) => [variant, weight]);
      return { fractional: outcome.unit === undefined ? shares : [outcome.unit, ...shares] };
    }
    case "raw":
      return outcome.source;
  }
}

function targetingFrom(rules: Rule[], rest: Outcome): Json | undefined {
  if (rules.length === 0 && rest.is === "variant") return { if: [true, rest.variant] };
  if (rules.length === 0) return rest.is === "default" ? undefined : outcomeFrom(rest);
  const end: Json[] = rest.is === "default" ? [] : [outcomeFrom(rest)];
  return { if: [...rules.flatMap((rule) => [conditionFrom(rule), outcomeFrom(rule.gives)]), ...end] };
}

function entryFrom({ at, step }: Entry, rules: Rule[]): Json {
  switch (step.does) {
    case "state":
      return { at, state: step.on ? "ENABLED" : "DISABLED" };
    case "default":
      return { at, defaultVariant: step.variant };
    case "rest":
      return { at, targeting: targetingFrom(rules, step.rest) ?? {} };
    case "raw":
      return isMembers(step.source) ? { ...step.source, at } : step.source;
  }
}

function valueFrom(text: string, kind: Kind): Json {
  switch (kind) {
    case "text":
      return text;
    case "boolean":
      return text === "true";
    case "number":
      return Number(text);
    case "json":
      return JSON.parse(text) as Json;
  }
}

/** Of what `before` has, each part that says the same stays as it is written there. Only of a form without faults. */
export function definitionOf(form: Form, before: Json | undefined): Json {
  const was = isMembers(before) ? before : {};
  const read = before === undefined ? null : formOf(before);
  const keep = <Part,>(name: string, part: (of: Form) => Part, make: () => Json | undefined): Members => {
    const value = read && same(bare(part(read)), bare(part(form))) ? was[name] : make();
    return value === undefined ? {} : { [name]: value };
  };
  const others = Object.fromEntries(Object.entries(was).filter(([name]) => !KNOWN.includes(name)));
  return {
    state: form.on ? "ENABLED" : "DISABLED",
    ...keep("variants", ({ kind, variants }) => ({ kind, variants }), () => Object.fromEntries(form.variants.map(({ name, text }) => [name, valueFrom(text, form.kind)]))),
    ...keep("defaultVariant", (of) => of.defaultVariant, () => form.defaultVariant ?? undefined),
    ...keep("offVariant", (of) => of.offVariant, () => form.offVariant ?? undefined),
    ...keep("targeting", ({ rules, rest }) => ({ rules, rest }), () => targetingFrom(form.rules, form.rest)),
    ...keep("prerequisites", (of) => of.prerequisites, () => (form.prerequisites.length === 0 ? undefined : form.prerequisites.map(({ flag, variants }) => ({ flag, variants })))),
    ...keep("schedule", ({ schedule, rules }) => ({ schedule, rules: schedule.some(({ step }) => step.does === "rest") ? rules : [] }), () => (form.schedule.length === 0 ? undefined : form.schedule.map((entry) => entryFrom(entry, form.rules)))),
    ...others,
  };
}

/** Without what only the screen needs. */
const bare = (part: unknown): unknown => JSON.parse(JSON.stringify(part ?? null, (name, value: unknown) => (name === "id" ? undefined : value)));

/** What keeps it from being written, in the order of the form; what the server refuses is said by it. */
export function faults(form: Form): string[] {
  const found: string[] = [];
  const names = form.variants.map(({ name }) => name);
  if (names.length === 0) found.push("A flag needs a variant.");
  if (names.some((name) => name.trim() === "")) found.push("Every variant needs a name.");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined && twice !== "") found.push(`Two variants are called ${twice}.`);
  for (const { name, text } of form.variants) {
    if (form.kind === "number" && (text.trim() === "" || !Number.isFinite(Number(text)))) found.push(`The value of ${name} is no number.`);
    if (form.kind === "json" && !isJson(text)) found.push(`The value of ${name} is no JSON.`);
  }
  for (const [index, rule] of form.rules.entries()) found.push(...conditionFaults(rule, index + 1), ...shareFaults(rule.gives, `rule ${index + 1}`));
  found.push(...shareFaults(form.rest, "everybody else"));
  for (const { at, step } of form.schedule) {
    if (Number.isNaN(Date.parse(at))) found.push("A planned change needs a time.");
    if (step.does === "rest") found.push(...shareFaults(step.rest, "a planned change"));
  }
  if (form.prerequisites.some(({ flag, variants }) => flag.trim() === "" || variants.length === 0)) found.push("A flag that is needed first has a key, and variants that it must give.");
  return found;
}

function conditionFaults({ conditions }: Rule, number: number): string[] {
  const found: string[] = [];
  if (conditions.length === 0) found.push(`Rule ${number} asks nothing.`);
  for (const one of conditions) {
    if (one.operator === "raw") continue;
    if (one.attribute.trim() === "") found.push(`Rule ${number} asks of no attribute.`);
    if ((one.operator === "one-of" || one.operator === "none-of") && one.values.length === 0) found.push(`Rule ${number} lists nothing for ${one.attribute}.`);
  }
  return found;
}

function shareFaults(outcome: Outcome, where: string): string[] {
  if (outcome.is === "variant" && outcome.variant === "") return [`Say what ${where} gets.`];
  return outcome.is === "shares" && total(outcome.shares) === 0 ? [`The shares of ${where} are all 0.`] : [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const total = (shares: readonly Share[]): number => shares.reduce((sum, { weight }) => sum + weight, 0);

/** In percent, as exactly as two decimals say it. */
export const percentOf = (weight: number, sum: number): number => (sum === 0 ? 0 : Math.round((weight / sum) * 10_000) / 100);

/** So many that half a percent can be said, where that moves nobody: equal shares of the whole stay equal. */
const FINE = [100, 1_000, 10_000];

/**
 * The share at `index` becomes so many percent; the last one takes what is left, or gives it. The sum stays, so raising one
 * moves nobody out of it.
 */
export function withShare(shares: readonly Share[], index: number, percent: number): Share[] {
  const fine = finer(shares, percent);
  const sum = total(fine);
  const others = fine.reduce((all, { weight }, at) => (at === index || at === fine.length - 1 ? all : all + weight), 0);
  const weight = Math.max(0, Math.min(sum - others, Math.round((percent / 100) * sum)));
  return fine.map((share, at) => (at === index ? { ...share, weight } : at === fine.length - 1 ? { ...share, weight: sum - others - weight } : share));
}

function finer(shares: readonly Share[], percent: number): Share[] {
  const sum = total(shares);
  const fits = (whole: number) => Number.isInteger(Math.round(percent * whole * 1e6) / 1e8) && shares.every(({ weight }) => sum === 0 || Number.isInteger((weight * whole) / sum));
  const whole = [sum, ...FINE.filter((each) => each > sum), ...FINE].find((each) => each > 0 && fits(each)) ?? 10_000;
  if (whole === sum) return [...shares];
  const scaled = shares.map((share) => ({ ...share, weight: sum === 0 ? 0 : Math.round((share.weight * whole) / sum) }));
  const short = whole - total(scaled);
  return scaled.map((share, at) => (at === scaled.length - 1 ? { ...share, weight: Math.max(0, share.weight + short) } : share));
}

/** The variants, what one begins with last: a share that grows stands first, so that raising it moves nobody out. */
export function growing({ variants, offVariant, defaultVariant }: Form): string[] {
  const names = variants.map(({ name }) => name).filter(Boolean);
  const before = [offVariant, defaultVariant].find((name) => name !== null && names.includes(name));
  return before == null ? names : [...names.filter((name) => name !== before), before];
}

/** With another name for a variant, wherever the form refers to it. */
export function renamed(form: Form, from: string, to: string): Form {
  const name = (given: string) => (given === from ? to : given);
  const outcome = (given: Outcome): Outcome => {
    if (given.is === "variant") return { ...given, variant: name(given.variant) };
    if (given.is === "shares") return { ...given, shares: given.shares.map((share) => ({ ...share, variant: name(share.variant) })) };
    return given;
  };
  return {
    ...form,
    defaultVariant: form.defaultVariant === null ? null : name(form.defaultVariant),
    offVariant: form.offVariant === null ? null : name(form.offVariant),
    rules: form.rules.map((rule) => ({ ...rule, gives: outcome(rule.gives) })),
    rest: outcome(form.rest),
    schedule: form.schedule.map((entry) => {
      const { step } = entry;
      if (step.does === "default") return { ...entry, step: { ...step, variant: name(step.variant) } };
      return step.does === "rest" ? { ...entry, step: { ...step, rest: outcome(step.rest) } } : entry;
    }),
  };
}

/** A condition that asks something else than it was read as. */
export function askedAnew(condition: Condition, change: Partial<Asked>): Condition {
  const before: Asked = condition.operator === "raw" ? { attribute: "", operator: "is", values: [""] } : condition;
  const { attribute, operator, values } = { ...before, ...change };
  return { id: condition.id, attribute, operator, values };
}

export const newCondition = (attribute = "", operator: OperatorName = "is", values: Value[] = [""]): Condition => ({ id: newId(), attribute, operator, values });

/** A switch that is off. */
export const SWITCH: Json = { state: "DISABLED", variants: { on: true, off: false }, defaultVariant: "on", offVariant: "off" };
