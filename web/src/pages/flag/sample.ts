// Made-up subjects to try a definition on: some without attributes, and for each rule some who fulfil it; and what they were given,
// counted. Pure.
import type { Named } from "@/api/types";
import { formOf, type Condition, type Rule } from "./form";
import type { Json, Members } from "./json";
import { operator, withAttribute } from "./operators";
import { conditionInWords } from "./words";

export interface Group {
  label: string;
  subjects: Members[];
}

/** Without attributes. */
export const PLAIN = 500;
/** Of each rule. */
const EACH = 100;
const RULES_MAX = 5;

export function groups(definition: Json): Group[] {
  const form = formOf(definition);
  const plain = { label: "Without attributes", subjects: Array.from({ length: PLAIN }, (_, i) => ({ targetingKey: `subject-${i + 1}` })) };
  const ruled = (form?.rules ?? []).slice(0, RULES_MAX).flatMap((rule) => {
    const subjects = Array.from({ length: EACH }, (_, i) => fulfilling(rule, i + 1));
    return subjects.every((one) => one !== null) ? [{ label: rule.conditions.map(conditionInWords).join(` ${rule.join} `), subjects }] : [];
  });
  return [...ruled, plain];
}

/** Null where the rule has conditions whose meaning is not known here. */
function fulfilling({ join, conditions }: Rule, i: number): Members | null {
  const needed = join === "or" ? conditions.slice(0, 1) : conditions;
  let subject: Members = { targetingKey: `subject-${i}` };
  for (const condition of needed) {
    if (condition.operator === "raw") return null;
    const value = operator(condition.operator).fulfil(condition.values, i);
    if (value !== undefined) subject = withAttribute(subject, condition.attribute, value);
  }
  return subject;
}

/** The attributes that a definition asks of. */
export function attributes(definition: Json): string[] {
  const form = formOf(definition);
  const simple = (form?.rules ?? []).flatMap(({ conditions }) => conditions).filter((one): one is Exclude<Condition, { operator: "raw" }> => one.operator !== "raw");
  const found = new Set(simple.map(({ attribute }) => attribute));
  collect(definition, found);
  found.delete("targetingKey");
  return [...found].filter((name) => !name.startsWith("$flagd")).slice(0, 8);
}

function collect(value: Json, found: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collect(one, found);
  else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      const named = Array.isArray(inner) ? inner[0] : inner;
      if (name === "var" && typeof named === "string" && named !== "") found.add(named);
      else collect(inner, found);
    }
  }
}

export type Given = Named<"FlagEvaluation">;

/** What a subject got, as it is counted. */
export const givenName = ({ variant, reason }: Given): string => variant ?? (reason === "ERROR" ? "an error" : "own default");

export interface Counted {
  variant: string;
  count: number;
}

/** The most first. */
export function counted(given: readonly Given[]): Counted[] {
  const counts = new Map<string, number>();
  for (const one of given) counts.set(givenName(one), (counts.get(givenName(one)) ?? 0) + 1);
  return [...counts].map(([variant, count]) => ({ variant, count })).sort((one, other) => other.count - one.count || (one.variant < other.variant ? -1 : 1));
}

/** How many would get another variant than now. */
export function movedOf(then: readonly Given[], now: readonly Given[]): number {
  return then.filter((one, index) => now[index] !== undefined && givenName(one) !== givenName(now[index])).length;
}

/** An attribute as it was typed, as what it most likely is meant. */
export function typed(text: string): Json {
  const trimmed = text.trim();
  if (/^(true|false|null|-?\d+(\.\d+)?([eE][-+]?\d+)?|\[.*\]|\{.*\})$/s.test(trimmed)) {
    try {
      return JSON.parse(trimmed) as Json;
    } catch {
      return text;
    }
  }
  return text;
}
