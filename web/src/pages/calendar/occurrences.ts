// When each freeze and window holds, as the server's own feed says it: nothing is worked out twice.
import { queryOptions } from "@tanstack/react-query";
import { api, got } from "@/api/client";

export interface Occurrence {
  name: string;
  kind: "freeze" | "window";
  reason: string;
  fromMs: number;
  untilMs: number;
}

export const occurrences = () =>
  queryOptions({
    queryKey: ["calendar", "occurrences"],
    queryFn: async () => read(await got(api.GET("/api/v1/calendar.ics", { parseAs: "text" }))),
  });

function read(feed: string): Occurrence[] {
  const lines = feed.replace(/\r?\n[ \t]/g, "").split(/\r?\n/);
  const found: Occurrence[] = [];
  let event: Record<string, string> | null = null;
  for (const line of lines) {
    if (line === "BEGIN:VEVENT") event = {};
    else if (line === "END:VEVENT") {
      const one = event && occurrence(event);
      if (one) found.push(one);
      event = null;
    } else if (event) {
      const cut = line.indexOf(":");
      const key = line.slice(0, cut).split(";", 1)[0];
      if (key) event[key] = line.slice(cut + 1);
    }
  }
  return found.toSorted((a, b) => a.fromMs - b.fromMs);
}

function occurrence(event: Record<string, string>): Occurrence | null {
  const [, kind, name] = /^(freeze|window)\/([^/@]+)/.exec(event["UID"] ?? "") ?? [];
  const fromMs = instant(event["DTSTART"]);
  const untilMs = instant(event["DTEND"]);
  if (kind === undefined || name === undefined || fromMs === null || untilMs === null) return null;
  return { name, kind: kind === "window" ? "window" : "freeze", reason: plain(event["DESCRIPTION"] ?? ""), fromMs, untilMs };
}

/** `20261218T170000Z`; the feed writes every time in UTC. */
function instant(text: string | undefined): number | null {
  const [, year, month, day, hour = "0", minute = "0", second = "0"] = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?/.exec(text ?? "") ?? [];
  if (year === undefined) return null;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

function plain(text: string): string {
  return text.replace(/\\n/gi, "\n").replace(/\\([\\,;])/g, "$1");
}
