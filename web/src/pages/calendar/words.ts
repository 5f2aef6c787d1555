// An entry of the calendar in words: when it recurs, how long it lasts, whom it reaches.
import type { CalendarEntry } from "@/api/types";
import { span } from "@/parts/time";

const DAYS: Record<string, string> = {
  MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday", SA: "Saturday", SU: "Sunday",
};
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const UNITS: Record<string, string> = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" };

/** Of RFC 5545, as far as words are short; the rule itself where they would not be. */
export function ruleInWords(rule: string): string {
  const parts = new Map(rule.split(";").map((part) => part.split("=", 2) as [string, string]));
  const unit = UNITS[parts.get("FREQ") ?? ""];
  const known = new Set(["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "COUNT", "UNTIL", "WKST"]);
  if (unit === undefined || [...parts.keys()].some((key) => !known.has(key))) return rule;
  const interval = Number(parts.get("INTERVAL") ?? "1");
  const words = [interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`];
  const days = parts.get("BYDAY")?.split(",").map(weekday);
  if (days) words.push(`on ${listed(days)}`);
  const dates = parts.get("BYMONTHDAY")?.split(",").map((text) => (Number(text) < 0 ? `the ${ordinal(-Number(text), true)} day` : `the ${ordinal(Number(text), false)}`));
  if (dates) words.push(`on ${listed(dates)}`);
  const months = parts.get("BYMONTH")?.split(",").map((text) => MONTHS[Number(text) - 1] ?? text);
  if (months) words.push(`in ${listed(months)}`);
  const times = parts.get("COUNT");
  if (times) words.push(`${times} times`);
  const until = /^(\d{4})(\d\d)(\d\d)/.exec(parts.get("UNTIL") ?? "");
  if (until) words.push(`until ${until[1]}-${until[2]}-${until[3]}`);
  return words.join(" ");
}

function weekday(text: string): string {
  const [, nth = "", day = ""] = /^([+-]?\d+)?([A-Z]{2})$/.exec(text) ?? [];
  const name = DAYS[day] ?? text;
  if (nth === "") return name;
  const number = Number(nth);
  return `the ${ordinal(Math.abs(number), number < 0)} ${name}`;
}

function ordinal(number: number, fromTheEnd: boolean): string {
  if (fromTheEnd) return number === 1 ? "last" : `${ordinal(number, false)} to last`;
  const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${ending}`;
}

function listed(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

export function whenInWords({ from, until, lasts_seconds: lasts, rule, except }: CalendarEntry): string {
  const begins = from.replace("T", " ");
  const length = lasts == null ? `until ${(until ?? "").replace("T", " ")}` : `for ${span(lasts * 1000)}`;
  if (rule == null) return `once, from ${begins} ${length}`;
  const exceptions = except.length === 0 ? "" : `, except ${except.join(", ")}`;
  return `${ruleInWords(rule)}, first from ${begins} ${length}${exceptions}`;
}

export function reachInWords({ environments, components, tenants }: Pick<CalendarEntry, "environments" | "components" | "tenants">): string {
  const parts = [
    environments.length > 0 ? environments.join(", ") : "every environment",
    ...(components.length > 0 ? [`only ${components.join(", ")}`] : []),
    ...(tenants.length > 0 ? [`for ${tenants.join(", ")}`] : []),
  ];
  return parts.join("; ");
}
