// Announcements in words: occasions, moments, channels, and what a form sends. Pure.
import type { Announcement, Channel, ChannelKind, Named, Occasion } from "@/api/types";

export const OCCASIONS: { value: Occasion; label: string; about: string }[] = [
  { value: "schedule", label: "Schedule", about: "what will change when, and how long nothing answers meanwhile" },
  { value: "progress", label: "Progress", about: "that it is on its way, and how far" },
  { value: "confirmation", label: "Confirmation", about: "that it is out, with what changed" },
  { value: "rollback", label: "Rollback", about: "that it went back, and why" },
  { value: "feedback", label: "Feedback", about: "asks how it is, with a link to a small form" },
];

export const occasionLabel = (occasion: Occasion): string => OCCASIONS.find(({ value }) => value === occasion)?.label ?? occasion;

export const KINDS: Record<ChannelKind, { label: string; about: string }> = {
  mail: { label: "Mail server", about: "Letters by SMTP, one to each address" },
  slack: { label: "Slack", about: "A room, by its incoming webhook" },
  teams: { label: "Teams", about: "A room, by its workflow webhook" },
  webhook: { label: "Webhook", about: "Any receiver, signed by Standard Webhooks" },
  page: { label: "Public page", about: "A page anybody may read, with feeds and subscriptions by mail" },
};

export const SECURITY: { value: Named<"MailSecurity">; label: string }[] = [
  { value: "start-tls", label: "STARTTLS, usually port 587" },
  { value: "tls", label: "TLS from the first byte, usually port 465" },
  { value: "plain-to-loopback", label: "None, to this machine itself" },
  { value: "plain", label: "None, wherever it goes; without a password" },
];

export function channelPlace({ kind, host, mail, page, url }: Pick<Channel, "kind" | "host" | "mail" | "page" | "url">): string {
  if (mail) return `${mail.host}:${mail.port}, from ${mail.from}`;
  if (kind === "page") return page ? `“${page.title}”` : (url ?? "");
  return host ?? "";
}

type When = NonNullable<Announcement["when"]>;

export function whenWords({ environment, reaches, step }: When): string {
  const does = { start: "begins", step: `enters step ${step ?? 1}`, success: "succeeds", rollback: "goes back" }[reaches];
  return `when a rollout in ${environment} ${does}`;
}

/** When an announcement is told, as a form has it. */
export type Moment = "now" | "at" | When["reaches"];

export const MOMENTS: { value: Moment; label: string }[] = [
  { value: "now", label: "Now" },
  { value: "at", label: "At a time" },
  { value: "start", label: "When a rollout begins" },
  { value: "step", label: "When a rollout enters a step" },
  { value: "success", label: "When a rollout succeeds" },
  { value: "rollback", label: "When a rollout goes back" },
];

export interface Written {
  release: string;
  occasion: Occasion;
  audience: string;
  moment: Moment;
  at: string;
  environment: string;
  step: number;
  starts: string;
  downtime: number | "";
  note: string;
  own: boolean;
  subject: string;
  text: string;
}

export const nothingWritten = (release: string, audience: string): Written => ({
  release, occasion: "schedule", audience, moment: "now", at: "", environment: "", step: 1, starts: "", downtime: "", note: "", own: false, subject: "", text: "",
});

const instant = (text: string): number | null => {
  const ms = new Date(text).getTime();
  return text === "" || Number.isNaN(ms) ? null : ms;
};

export function requestOf(written: Written): Named<"AnnounceRequest"> {
  const { release, occasion, audience, moment, at, environment, step, starts, downtime, note, own, subject, text } = written;
  const waits = moment !== "now" && moment !== "at";
  return {
    release: release.trim(), occasion, audience: audience.trim(), note: note.trim(),
    at_ms: moment === "at" ? instant(at) : null,
    when: waits ? { environment, reaches: moment, ...(moment === "step" ? { step } : {}) } : null,
    environment: waits || environment === "" ? null : environment,
    starts_ms: instant(starts),
    downtime_minutes: downtime === "" ? null : downtime,
    subject: own ? subject : null,
    text: own ? text : null,
  };
}

/** `ada@example.org, bob@example.org` or a line for each. */
export const addressesOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

export const RATINGS: Record<number, string> = { 1: "bad", 2: "rather bad", 3: "so-so", 4: "rather good", 5: "good" };

/** `★★★★☆` is read by eyes alone; this is read by everybody. */
export const ratingWords = (rating: number): string => `${rating} of 5, ${RATINGS[rating] ?? ""}`;
