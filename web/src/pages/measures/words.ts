// Measures in words: their names, their values with units, their levels, and what somebody chose in the address. Pure.
import type { Asks } from "@/api/measures";
import type { Measure, MeasuredRows, MeasureRow, Named } from "@/api/types";
import type { Tone } from "@/parts/Mark";

export const NAMES: Record<Measure["name"], string> = {
  "deployment-frequency": "Deployment frequency",
  "change-lead-time": "Change lead time",
  "change-fail-rate": "Change fail rate",
  "failed-deployment-recovery-time": "Failed deployment recovery time",
  "deployment-rework-rate": "Deployment rework rate",
};

export const LEVELS: Record<NonNullable<Measure["level"]>, Tone> = { elite: "good", high: "good", medium: "warn", low: "bad" };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const short = (number: number) => (number >= 100 ? Math.round(number).toLocaleString("en") : Number(number.toPrecision(2)).toString());

/** `45 min`, `7.5 h`, `2.1 d`. */
export function length(ms: number): string {
  if (ms < MINUTE) return `${short(ms / 1000)} s`;
  if (ms < HOUR) return `${short(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${short(ms / HOUR)} h`;
  return `${short(ms / DAY)} d`;
}

export function valueIn(unit: Measure["unit"], value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (unit === "milliseconds") return length(value);
  if (unit === "share") return `${Number((value * 100).toFixed(1))} %`;
  // A frequency below one a day is read more easily by the week or the month.
  if (value === 0) return "none";
  if (value >= 1) return `${short(value)} a day`;
  if (value * 7 >= 1) return `${short(value * 7)} a week`;
  return `${short(value * 30.4)} a month`;
}

/** The same in as few letters as an axis has room for. */
export function onAxis(unit: Measure["unit"], value: number): string {
  return unit === "per-day" ? `${value === 0 ? "0" : short(value)} / d` : valueIn(unit, value);
}

/** `a quarter more than before` as `+25 %`. */
export function changeWords({ before, change, is_better: better, unit }: Pick<Measure, "before" | "change" | "is_better" | "unit">): string {
  if (before == null) return "nothing to compare with before";
  if (change == null || change === 0) return `as before: ${valueIn(unit, before)}`;
  const percent = `${change > 0 ? "+" : "−"}${Math.round(Math.abs(change) * 100)} %`;
  return `${percent} against ${valueIn(unit, before)} before${better == null ? "" : better ? ", better" : ", worse"}`;
}

export const PERIODS = ["day", "week", "month"] as const;

type Words = Record<string, string | undefined>;

/** What the address asks for; what it does not say is left to the server. */
export function asksOf(words: Words, zone: string): Asks {
  const day = (text: string | undefined) => (text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined);
  const period = PERIODS.find((one) => one === words["period"]);
  const some = (text: string | undefined) => (text === undefined || text === "" ? undefined : text);
  const asks: Asks = {
    components: some(words["components"]), teams: some(words["teams"]), environments: some(words["environments"]),
    from: day(words["from"]), to: day(words["to"]), period, zone,
  };
  return Object.fromEntries(Object.entries(asks).filter(([, value]) => value !== undefined)) as Asks;
}

const ROWS: readonly MeasuredRows[] = [
  "deployment-frequency", "change-lead-time", "change-fail-rate", "failed-deployment-recovery-time", "deployment-rework-rate", "errors",
];

export function rowsOf(word: string | undefined): MeasuredRows | null {
  return ROWS.find((one) => one === word) ?? null;
}

export function causeWords({ kind, id }: Named<"MeasureCause">): string {
  if (kind === "went-back") return "went back before it had succeeded";
  if (kind === "hotfixed") return "a hotfix followed";
  if (kind === "undone") return "a rollback undid it";
  return id == null ? "an incident" : `incident ${id}`;
}

/** Of the lead times of a row, in a line. */
export function leadWords({ commits_ms: commits, pull_requests_ms: pulls }: Pick<MeasureRow, "commits_ms" | "pull_requests_ms">): string {
  const of = (spans: readonly number[], what: string) => {
    const [first] = spans;
    const last = spans.at(-1);
    if (first === undefined || last === undefined) return "";
    return `${spans.length} ${what}${spans.length === 1 ? "" : "s"}: ${first === last ? length(first) : `${length(first)} to ${length(last)}`}`;
  };
  return [of(commits, "commit"), of(pulls, "pull request")].filter(Boolean).join("; ") || "no commit is known";
}
