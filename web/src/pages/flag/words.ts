// A definition in sentences: who gets what. What the form does not know stands there as it is written. Pure.
import { exact } from "@/parts/time";
import { formOf, percentOf, total, type Condition, type Entry, type Form, type Outcome } from "./form";
import { isMembers, type Json } from "./json";
import { operator, type Value } from "./operators";

export interface Line {
  who: string;
  gets: string;
  /** The sum of its shares is drawn beside it. */
  shares?: { variant: string; percent: number }[];
}

export interface Told {
  on: boolean;
  /** What everybody gets while it is off. */
  off: string;
  lines: Line[];
  needs: string[];
  planned: { at: string; what: string }[];
}

/** Null for what is no definition. */
export function inWords(definition: Json): Told | null {
  const form = formOf(definition);
  if (!form) return null;
  const line = (who: string, gives: Outcome): Line => ({ who, gets: outcomeInWords(gives, form), ...sharesOf(gives) });
  const rules = form.rules.map((rule, index) => line(`${index === 0 ? "Where" : "Else where"} ${rule.conditions.map(conditionInWords).join(` ${rule.join} `)}`, rule.gives));
  return {
    on: form.on,
    off: offInWords(form),
    lines: [...rules, line(rules.length === 0 ? "Everybody" : "Everybody else", form.rest)],
    needs: form.prerequisites.map(({ flag, variants }) => `Only where ${flag} gives ${listed(variants, "or")}; else everybody gets ${form.offVariant ?? form.defaultVariant ?? "the program's own default"}.`),
    planned: form.schedule.map((entry) => ({ at: entry.at, what: stepInWords(entry, form) })),
  };
}

function offInWords(form: Form): string {
  const gives = form.offVariant ?? form.defaultVariant;
  return gives === null ? "the program's own default" : withValue(gives, form);
}

/** `on (true)`; without the value where the name says it all. */
function withValue(name: string, form: Form): string {
  const text = form.variants.find((one) => one.name === name)?.text;
  return text === undefined || text === name || text.length > 40 ? name : `${name} (${form.kind === "text" ? `“${text}”` : text})`;
}

export function outcomeInWords(outcome: Outcome, form: Form): string {
  switch (outcome.is) {
    case "variant":
      return withValue(outcome.variant, form);
    case "default":
      return form.defaultVariant === null ? "the program's own default" : `${withValue(form.defaultVariant, form)}, the default`;
    case "shares": {
      const sum = total(outcome.shares);
      const parts = outcome.shares.map(({ variant, weight }) => `${percentInWords(percentOf(weight, sum))} ${variant}`);
      return `${parts.join(", ")}${outcome.unit === undefined ? "" : `, divided by ${unitInWords(outcome.unit)}`}`;
    }
    case "raw":
      return JSON.stringify(outcome.source);
  }
}

function sharesOf(outcome: Outcome): Pick<Line, "shares"> {
  if (outcome.is !== "shares") return {};
  const sum = total(outcome.shares);
  return { shares: outcome.shares.map(({ variant, weight }) => ({ variant, percent: percentOf(weight, sum) })) };
}

export const percentInWords = (percent: number): string => `${percent} %`;

function unitInWords(unit: Json): string {
  if (isMembers(unit) && typeof unit["var"] === "string") return unit["var"];
  if (isMembers(unit) && Array.isArray(unit["cat"])) return unit["cat"].map((part) => (typeof part === "string" ? `“${part}”` : unitInWords(part))).join(" and ");
  return JSON.stringify(unit);
}

export function conditionInWords(condition: Condition): string {
  if (condition.operator === "raw") return JSON.stringify(condition.source);
  const { words, takes } = operator(condition.operator);
  const values = condition.values.map(valueInWords);
  return `${condition.attribute} ${words}${takes === "none" ? "" : ` ${takes === "many" ? listed(values, "or") : (values[0] ?? "“”")}`}`;
}

const valueInWords = (value: Value) => (typeof value === "string" ? `“${value}”` : String(value));

const LISTED_MAX = 6;

function listed(words: string[], last: string): string {
  if (words.length > LISTED_MAX) return `${words.slice(0, LISTED_MAX - 1).join(", ")} ${last} ${words.length - LISTED_MAX + 1} more`;
  return words.length < 2 ? (words[0] ?? "nothing") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

function stepInWords({ step }: Entry, form: Form): string {
  switch (step.does) {
    case "state":
      return step.on ? "it is switched on" : "it is switched off";
    case "default":
      return `the default becomes ${withValue(step.variant, form)}`;
    case "rest":
      return `${form.rules.length === 0 ? "everybody" : "everybody else"} gets ${outcomeInWords(step.rest, form)}`;
    case "raw": {
      const { at: _, ...change } = isMembers(step.source) ? step.source : {};
      return JSON.stringify(change);
    }
  }
}

/** A planned time as its reader has it; as it is written where it is none. */
export function timeInWords(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : exact(ms);
}

/** In two or three words, for a list. */
export function inBrief(definition: Json): string {
  const form = formOf(definition);
  if (!form) return "";
  if (!form.on) return `gives ${form.offVariant ?? form.defaultVariant ?? "own default"}`;
  const rules = form.rules.length === 0 ? "" : form.rules.length === 1 ? "1 rule" : `${form.rules.length} rules`;
  const { rest } = form;
  const sum = rest.is === "shares" ? total(rest.shares) : 0;
  const [first] = rest.is === "shares" ? rest.shares : [];
  const others = first
    ? `${percentInWords(percentOf(first.weight, sum))} ${first.variant}`
    : rest.is === "variant" ? rest.variant : rest.is === "default" ? (form.defaultVariant ?? "own default") : "a rule";
  return [rules, rules !== "" ? `else ${others}` : first ? others : `gives ${others}`].filter(Boolean).join(", ");
}
