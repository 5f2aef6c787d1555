// JSON as data: what became another between two values, place by place, and going back over such places. Pure.
import type { Named } from "@/api/types";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Members = { [name: string]: Json };
export type Difference = Named<"FlagDifference">;

/** More than people read; the server stops there too. */
const PLACES_MAX = 200;

export const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/** Whatever the order of its members. */
export function written(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMembers(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner,
  );
}

export const same = (one: unknown, other: unknown): boolean => written(one ?? null) === written(other ?? null);

const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
const plain = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");

/** In the order of their paths, as the server's history has them. */
export function differences(before: Json | undefined, after: Json | undefined): Difference[] {
  const found: Difference[] = [];
  compare("", before, after, found);
  return found;
}

function compare(path: string, before: Json | undefined, after: Json | undefined, found: Difference[]): void {
  if (found.length >= PLACES_MAX) return;
  if (isMembers(before) && isMembers(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const name of names) compare(`${path}/${escaped(name)}`, before[name], after[name], found);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) compare(`${path}/${index}`, before[index], after[index], found);
  } else if (before === undefined || after === undefined ? before !== after : !same(before, after)) {
    found.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
  }
}

/** What stood before these differences were made to it. */
export function undone(after: Json, made: readonly Difference[]): Json {
  let value = structuredClone(after);
  // Backwards, so that what was appended to a list goes from its end.
  for (const { path, before } of [...made].reverse()) {
    if (path === "") value = before === undefined ? {} : (before as Json);
    else put(value, path.slice(1).split("/").map(plain), before as Json | undefined);
  }
  return value;
}

function put(within: Json, [step = "", ...rest]: string[], value: Json | undefined): void {
  if (rest.length > 0) {
    const inner = Array.isArray(within) ? within[Number(step)] : isMembers(within) ? within[step] : undefined;
    if (inner !== undefined) put(inner, rest, value);
  } else if (Array.isArray(within)) {
    if (value === undefined) within.splice(Number(step), 1);
    else within[Number(step)] = value;
  } else if (isMembers(within)) {
    if (value === undefined) delete within[step];
    else within[step] = value;
  }
}

const LINE_MAX = 76;

/** As a person would write it: what is short stands on one line. */
export function pretty(value: Json, indent = ""): string {
  const short = inLine(value);
  if (indent.length + short.length <= LINE_MAX && depth(value) <= 2) return short;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((one) => `${deeper}${pretty(one, deeper)}`).join(",\n")}\n${indent}]`;
  if (isMembers(value)) return `{\n${Object.entries(value).map(([name, one]) => `${deeper}${JSON.stringify(name)}: ${pretty(one, deeper)}`).join(",\n")}\n${indent}}`;
  return short;
}

function inLine(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(", ")}]`;
  if (isMembers(value)) return Object.keys(value).length === 0 ? "{}" : `{ ${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${inLine(one)}`).join(", ")} }`;
  return JSON.stringify(value);
}

function depth(value: Json): number {
  const inner = Array.isArray(value) ? value : isMembers(value) ? Object.values(value) : null;
  return inner === null ? 0 : 1 + Math.max(0, ...inner.map(depth));
}
