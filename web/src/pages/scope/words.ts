// Sources of scope in words: how each stands, what it reads, what a rule of it says. Pure.
import type { ScopeRule, ScopeSource, TrackedItem } from "@/api/types";
import { count } from "@/parts/figures";
import type { Tone } from "@/parts/Mark";

export const KINDS: { value: ScopeSource["kind"]; label: string; about: string }[] = [
  { value: "github", label: "GitHub", about: "issues and pull requests of a repository" },
  { value: "gitlab", label: "GitLab", about: "issues and merge requests of a project" },
  { value: "csv", label: "Tables", about: "CSV that people bring, as trackers export it" },
];

export const kindLabel = (kind: ScopeSource["kind"]): string => KINDS.find(({ value }) => value === kind)?.label ?? kind;

export function standing({ state, kind, count: held, read_ms: read }: Pick<ScopeSource, "state" | "kind" | "count" | "read_ms">): { word: string; tone: Tone } {
  if (state === "stopped") return { word: "stopped", tone: "bad" };
  if (state === "waiting") return { word: "waiting for a limit", tone: "warn" };
  if (state === "reading") return { word: "reading", tone: "moving" };
  if (kind === "csv" && held === 0 && read == null) return { word: "no table yet", tone: "quiet" };
  return { word: "up to date", tone: "good" };
}

export const held = ({ count: items, pages }: Pick<ScopeSource, "count" | "pages">): string => `${count(items, "item")} from ${count(pages, "page")}`;

export function often({ kind, every_minutes: minutes }: Pick<ScopeSource, "kind" | "every_minutes">): string {
  if (kind === "csv") return "when somebody brings a table";
  return minutes === 0 ? "when somebody asks" : minutes === 1 ? "every minute" : `every ${minutes} minutes`;
}

/** `label area/pay* and milestone Sprint * → version 3.*, skill backend`. */
export function ruleWords(rule: ScopeRule): string {
  const where = [rule.label && `label ${rule.label}`, rule.milestone && `milestone ${rule.milestone}`].filter(Boolean).join(" and ");
  const means = [
    rule.version && `version ${rule.version}`, rule.kind && `a ${rule.kind}`, rule.severity && `severity ${rule.severity}`, rule.fix_risk && `a fix of ${rule.fix_risk} risk`,
    rule.component && `component ${rule.component}`, rule.skill && `skill ${rule.skill}`, rule.feature === true && "a feature", rule.feature === false && "no feature",
  ].filter(Boolean).join(", ");
  return `${where} → ${means}`;
}

/** `issue`, `pull request`, with how it stands. */
export function itemWords({ is_change: change, state, kind, milestone, author }: TrackedItem): string {
  return [`${state} ${change === true ? "change" : "issue"}`, kind, milestone && `milestone ${milestone}`, author && `by ${author}`].filter(Boolean).join(" · ");
}
