// An entry of a plan as the fields of a form, and back: what the form does not know of an entry stays as it was, what is left
// empty is left out. Pure.
import type { Estimate, RunbookStep } from "./document";

export type FieldKind = "line" | "text" | "date" | "moment" | "number" | "choice" | "check" | "words" | "lines" | "choices" | "steps" | "estimates";

export interface Field {
  /** Where it stands in the entry; a full stop goes into a member: `bound.kind`. */
  name: string;
  label: string;
  kind: FieldKind;
  needed?: boolean;
  about?: string;
  /** What can be chosen; `owners` and the like are filled in from the plan. */
  options?: readonly { value: string; label: string }[];
  from?: "owners" | "people" | "audiences" | "activities" | "scope" | "areas";
  least?: number;
  most?: number;
  /** What a new entry begins with. */
  first?: string | boolean;
}

export type Values = Record<string, string | boolean>;
type Members = Record<string, unknown>;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

function at(entry: Members, name: string): unknown {
  return name.split(".").reduce<unknown>((value, key) => (isMembers(value) ? value[key] : undefined), entry);
}

export function stepsInText(steps: readonly RunbookStep[]): string {
  return steps.map(({ text, command }) => (command ? `${text}\n$ ${command}` : text)).join("\n");
}

/** A line is a step; one that begins with `$ ` is the command of the step before. A step that is as it was keeps its id. */
export function stepsOfText(text: string, before: readonly RunbookStep[]): RunbookStep[] {
  const steps: Omit<RunbookStep, "id">[] = [];
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const last = steps.at(-1);
    if (line.startsWith("$ ") && last && last.command === undefined) last.command = line.slice(2).trim();
    else steps.push(line.startsWith("$ ") ? { text: line.slice(2).trim(), command: line.slice(2).trim() } : { text: line });
  }
  const free = [...before];
  const kept = steps.map((step) => {
    const known = free.findIndex((one) => one.text === step.text);
    return known < 0 ? null : (free.splice(known, 1)[0]?.id ?? null);
  });
  const taken = new Set(kept);
  let number = 0;
  const fresh = () => {
    do number += 1;
    while (taken.has(`step-${number}`));
    return `step-${number}`;
  };
  return steps.map((step, index) => ({ id: kept[index] ?? fresh(), ...step }));
}

/** `design 8` on a line each: a skill and its hours. Null where a line is not so. */
export function estimatesOfText(text: string): Estimate[] | null {
  const lines = text.split("\n").map((one) => one.trim()).filter(Boolean);
  const read = lines.map((line) => /^(.*\S)\s+(\d+)(?:\s*h)?$/.exec(line));
  if (read.some((one) => one === null)) return null;
  return read.map((one) => ({ skill: one?.[1] ?? "", hours: Number(one?.[2]) }));
}

export function valuesOf(fields: readonly Field[], entry: object | null): Values {
  return Object.fromEntries(
    fields.map(({ name, kind, first }): [string, string | boolean] => {
      const value = entry === null ? undefined : at(entry as Members, name);
      if (value === undefined || value === null) return [name, first ?? (kind === "check" ? false : "")];
      if (kind === "check") return [name, value === true];
      if (kind === "words") return [name, (value as string[]).join(", ")];
      if (kind === "lines" || kind === "choices") return [name, (value as string[]).join("\n")];
      if (kind === "steps") return [name, stepsInText(value as RunbookStep[])];
      if (kind === "estimates") return [name, (value as Estimate[]).map(({ skill, hours }) => `${skill} ${hours}`).join("\n")];
      if (kind === "moment") return [name, String(value).slice(0, 16)];
      return [name, String(value)];
    }),
  );
}

function read({ kind }: Field, value: string | boolean, before: unknown): unknown {
  if (typeof value === "boolean") return value || undefined;
  const text = value.trim();
  const parts = (cut: RegExp) => text.split(cut).map((one) => one.trim()).filter(Boolean);
  const some = <T>(list: T[]) => (list.length === 0 ? undefined : list);
  switch (kind) {
    case "words":
      return some(parts(/,|\n/));
    case "lines":
    case "choices":
      return some(parts(/\n/));
    case "steps":
      return some(stepsOfText(text, (before as RunbookStep[] | undefined) ?? []));
    case "estimates":
      return some(estimatesOfText(text) ?? []);
    case "number":
      return text === "" ? undefined : Number(text);
    case "moment":
      // Where nobody changed the minute, the seconds stay.
      return text === "" ? undefined : typeof before === "string" && before.startsWith(text) ? before : `${text}:00`;
    default:
      return text === "" ? undefined : text;
  }
}

function set(entry: Members, name: string, value: unknown): Members {
  const [key = "", ...rest] = name.split(".");
  const inner = rest.length === 0 ? value : set(isMembers(entry[key]) ? entry[key] : {}, rest.join("."), value);
  const now = { ...entry, [key]: inner };
  if (inner === undefined || (rest.length > 0 && isMembers(inner) && Object.keys(inner).length === 0)) delete now[key];
  return now;
}

/** The entry that the form says, with everything of `before` that the form does not know. */
export function entryOf<Entry extends object>(fields: readonly Field[], values: Values, before: Partial<Entry> | null): Entry {
  return fields.reduce<Members>((entry, field) => {
    const was = before === null ? undefined : at(before as Members, field.name);
    return set(entry, field.name, read(field, values[field.name] ?? "", was));
  }, { ...(before as Members | null) }) as Entry;
}

/** What is still wrong with what was typed, by the name of the field. */
export function faultsOf(fields: readonly Field[], values: Values): Record<string, string> {
  const faults = fields.flatMap(({ name, kind, label, needed, least, most }): [string, string][] => {
    const value = values[name];
    const text = typeof value === "string" ? value.trim() : "";
    if (needed && typeof value !== "boolean" && text === "") return [[name, `${label} is needed.`]];
    if (kind === "number" && text !== "") {
      const number = Number(text);
      if (!Number.isInteger(number) || number < (least ?? -Infinity) || number > (most ?? Infinity)) return [[name, `A whole number${least === undefined ? "" : ` from ${least}`}${most === undefined ? "" : ` to ${most}`}.`]];
    }
    if (kind === "estimates" && estimatesOfText(text) === null) return [[name, "On each line a skill and its hours: design 8"]];
    return [];
  });
  return Object.fromEntries(faults);
}
