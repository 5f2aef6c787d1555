// What the form writes as a recurrence rule, and what it reads of one that stands.
export type Recurs = "once" | "weekly" | "monthly" | "yearly" | "rule";

export const RECURS: { value: Recurs; label: string }[] = [
  { value: "once", label: "once" },
  { value: "weekly", label: "every week, on these days" },
  { value: "monthly", label: "every month" },
  { value: "yearly", label: "every year" },
  { value: "rule", label: "by a rule (RFC 5545)" },
];

export const WEEKDAYS = [
  { value: "MO", label: "Mon" }, { value: "TU", label: "Tue" }, { value: "WE", label: "Wed" }, { value: "TH", label: "Thu" },
  { value: "FR", label: "Fri" }, { value: "SA", label: "Sat" }, { value: "SU", label: "Sun" },
];

export const MONTHLY = [
  { value: "FREQ=MONTHLY", label: "on the same date" },
  { value: "FREQ=MONTHLY;BYMONTHDAY=-1", label: "on the last day" },
  { value: "FREQ=MONTHLY;BYDAY=-1FR", label: "on the last Friday" },
  { value: "FREQ=MONTHLY;BYDAY=1MO", label: "on the first Monday" },
];

export function recursOf(rule: string | null | undefined): Recurs {
  if (rule == null) return "once";
  if (/^FREQ=WEEKLY(;BYDAY=[A-Z,]+)?$/.test(rule)) return "weekly";
  if (MONTHLY.some(({ value }) => value === rule)) return "monthly";
  return rule === "FREQ=YEARLY" ? "yearly" : "rule";
}

export function daysOf(rule: string | null | undefined): string[] {
  return /^FREQ=WEEKLY;BYDAY=([A-Z,]+)$/.exec(rule ?? "")?.[1]?.split(",") ?? [];
}

export function ruleOf(recurs: Recurs, said: { days: string[]; monthly: string; raw: string }): string | null {
  switch (recurs) {
    case "once":
      return null;
    case "weekly":
      return said.days.length === 0 ? "FREQ=WEEKLY" : `FREQ=WEEKLY;BYDAY=${WEEKDAYS.flatMap(({ value }) => (said.days.includes(value) ? [value] : [])).join(",")}`;
    case "monthly":
      return said.monthly;
    case "yearly":
      return "FREQ=YEARLY";
    case "rule":
      return said.raw.trim();
  }
}
