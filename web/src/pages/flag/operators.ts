// What a simple condition may ask of an attribute: in words, in flagd's JsonLogic, and an attribute that fulfils it. Pure.
import { isMembers, type Json, type Members } from "./json";

export type Value = string | number | boolean;

interface Operator {
  /** In a sentence, between attribute and value. */
  words: string;
  /** How many values it takes. */
  takes: "one" | "many" | "none";
  /** What values are meant as, where they look like it. */
  numbers?: boolean;
  make: (attribute: Json, values: Value[]) => Json;
  /** An attribute of the `i`th subject that fulfils it; undefined where having none does. */
  fulfil: (values: Value[], i: number) => Json | undefined;
}

const two = (operator: string) => (attribute: Json, [value = ""]: Value[]): Json => ({ [operator]: [attribute, value] });
const version = (sign: string) => (attribute: Json, [value = ""]: Value[]): Json => ({ sem_ver: [attribute, sign, value] });
const not = (make: Operator["make"]): Operator["make"] => (attribute, values) => ({ "!": [make(attribute, values)] });
const among = (attribute: Json, values: Value[]): Json => ({ in: [attribute, values] });
const within = (attribute: Json, [value = ""]: Value[]): Json => ({ in: [value, attribute] });
const there = (attribute: Json): Json => ({ "!!": [attribute] });

const first = ([value = ""]: Value[]): Value => value;
const nothing = () => undefined;
const moved = (by: number) => (values: Value[]): Json => Number(first(values)) + by;
const bumped = (values: Value[]): Json => String(first(values)).replace(/^(\d+)\.(\d+)\.(\d+).*$/, (_, a: string, b: string, c: string) => `${a}.${b}.${Number(c) + 1}`);

export const OPERATORS = {
  is: { words: "is", takes: "one", make: two("=="), fulfil: first },
  "is-not": { words: "is not", takes: "one", make: two("!="), fulfil: nothing },
  "one-of": { words: "is one of", takes: "many", make: among, fulfil: (values, i) => values[i % Math.max(1, values.length)] },
  "none-of": { words: "is none of", takes: "many", make: not(among), fulfil: nothing },
  starts: { words: "starts with", takes: "one", make: two("starts_with"), fulfil: (values, i) => `${first(values)}${i}` },
  ends: { words: "ends with", takes: "one", make: two("ends_with"), fulfil: (values, i) => `subject-${i}${first(values)}` },
  contains: { words: "contains", takes: "one", make: within, fulfil: (values, i) => `${first(values)}${i}` },
  "not-contains": { words: "does not contain", takes: "one", make: not(within), fulfil: nothing },
  above: { words: "is above", takes: "one", numbers: true, make: two(">"), fulfil: moved(1) },
  least: { words: "is at least", takes: "one", numbers: true, make: two(">="), fulfil: moved(0) },
  below: { words: "is below", takes: "one", numbers: true, make: two("<"), fulfil: moved(-1) },
  most: { words: "is at most", takes: "one", numbers: true, make: two("<="), fulfil: moved(0) },
  "version-is": { words: "is version", takes: "one", make: version("="), fulfil: first },
  "version-least": { words: "is version, or later,", takes: "one", make: version(">="), fulfil: first },
  "version-above": { words: "is a version after", takes: "one", make: version(">"), fulfil: bumped },
  "version-below": { words: "is a version before", takes: "one", make: version("<"), fulfil: () => "0.0.1" },
  "version-most": { words: "is version, or earlier,", takes: "one", make: version("<="), fulfil: first },
  "version-major": { words: "has the major version of", takes: "one", make: version("^"), fulfil: first },
  "version-minor": { words: "has the minor version of", takes: "one", make: version("~"), fulfil: first },
  there: { words: "is there", takes: "none", make: there, fulfil: () => "something" },
  missing: { words: "is not there", takes: "none", make: not(there), fulfil: nothing },
  exactly: { words: "is exactly", takes: "one", make: two("==="), fulfil: first },
  "not-exactly": { words: "is not exactly", takes: "one", make: two("!=="), fulfil: nothing },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export const operator = (name: OperatorName): Operator => OPERATORS[name];

export interface Asked {
  attribute: string;
  operator: OperatorName;
  values: Value[];
}

const BY_SIGN: Record<string, OperatorName> = {
  "==": "is", "!=": "is-not", "===": "exactly", "!==": "not-exactly", starts_with: "starts", ends_with: "ends",
  ">": "above", ">=": "least", "<": "below", "<=": "most",
};
const BY_VERSION: Record<string, OperatorName> = {
  "=": "version-is", ">=": "version-least", ">": "version-above", "<": "version-below", "<=": "version-most", "^": "version-major", "~": "version-minor",
};
const NEGATED: Partial<Record<OperatorName, OperatorName>> = { "one-of": "none-of", contains: "not-contains", there: "missing" };

const isValue = (value: unknown): value is Value => ["string", "number", "boolean"].includes(typeof value);

function attributeOf(value: Json | undefined): string | null {
  if (!isMembers(value) || Object.keys(value).length !== 1) return null;
  const named = value["var"];
  const name = Array.isArray(named) && named.length === 1 ? named[0] : named;
  return typeof name === "string" && name !== "" ? name : null;
}

/** Null for whatever is more than a simple condition. */
export function asked(rule: Json): Asked | null {
  if (!isMembers(rule)) return null;
  const [[sign, args] = ["", null], ...more] = Object.entries(rule);
  if (more.length > 0) return null;
  const list = Array.isArray(args) ? args : [args];
  const [one, other, third] = list as (Json | undefined)[];
  if (sign === "!" && list.length === 1 && one !== undefined) {
    const inner = asked(one);
    const named = inner && NEGATED[inner.operator];
    return inner && named ? { ...inner, operator: named } : null;
  }
  const attribute = attributeOf(one);
  if (sign === "!!" && attribute !== null && list.length === 1) return { attribute, operator: "there", values: [] };
  if (sign === "in" && list.length === 2) {
    if (attribute !== null && Array.isArray(other) && other.every(isValue)) return { attribute, operator: "one-of", values: other };
    const around = attributeOf(other);
    return around !== null && isValue(one) ? { attribute: around, operator: "contains", values: [one] } : null;
  }
  if (sign === "sem_ver" && list.length === 3 && attribute !== null) {
    const named = typeof other === "string" ? BY_VERSION[other] : undefined;
    return named && typeof third === "string" ? { attribute, operator: named, values: [third] } : null;
  }
  const named = BY_SIGN[sign];
  return named && attribute !== null && list.length === 2 && isValue(other) ? { attribute, operator: named, values: [other] } : null;
}

export function ruleOf({ attribute, operator: name, values }: Asked): Json {
  return operator(name).make({ var: attribute }, values);
}

/** What was typed, as what it most likely is meant. */
export function valueOf(text: string, name: OperatorName): Value {
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return operator(name).numbers && text.trim() !== "" && Number.isFinite(number) ? number : text;
}

/** An attribute where its name says, inside of others where it has dots. */
export function withAttribute(context: Members, attribute: string, value: Json): Members {
  const [head = "", ...rest] = attribute.split(".");
  if (rest.length === 0) return { ...context, [head]: value };
  const inner = context[head];
  return { ...context, [head]: withAttribute(isMembers(inner) ? inner : {}, rest.join("."), value) };
}
