// The parts of a template: what stays out of one because it belongs to one release alone, how an entry reads, and which days still
// have their activity. Pure.
import type { Named, PlanTemplate } from "@/api/types";
import { documentOf, type ListName, type PlanDocument } from "@/pages/plan/document";
import type { Field } from "@/pages/plan/fields";
import { DEPLOYMENT_FIELDS, KINDS, PLAN_FIELDS } from "@/pages/plan/kinds";

export type Days = Named<"PlanTemplateDays">;

/** What is shown of it, in this order; scope, components, people and actions are those of one release. */
export const PARTS: { list: ListName; title: string }[] = [
  { list: "objectives", title: "Objectives" },
  { list: "roles", title: "Roles" },
  { list: "activities", title: "Activities" },
  { list: "readiness", title: "What has to be ready" },
  { list: "test_cases", title: "Test cases" },
  { list: "risks", title: "Risks" },
  { list: "audiences", title: "Audiences" },
  { list: "announcements", title: "Announcements" },
  { list: "materials", title: "Materials" },
  { list: "meetings", title: "Meetings" },
  { list: "afterwards", title: "Afterwards" },
];

const OF_ONE_RELEASE: Partial<Record<ListName, readonly string[]>> = {
  roles: ["person"], activities: ["start", "end", "state"], test_cases: ["feature", "assignee"], risks: ["state"], meetings: ["at"], materials: ["done"],
};

const without = (fields: readonly Field[], names: readonly string[]): readonly Field[] => fields.filter(({ name }) => !names.includes(name));

export const fieldsOf = (list: ListName): readonly Field[] => without(KINDS[list].fields, OF_ONE_RELEASE[list] ?? []);
export const TEMPLATE_FIELDS = without(PLAN_FIELDS, ["freeze_on", "ready_on"]);
export const WAY_FIELDS = DEPLOYMENT_FIELDS.filter(({ name }) => !name.startsWith("window."));

export function dayWords({ from, until }: Pick<Days, "from" | "until">): string {
  const one = (day: number) => (day === 0 ? "the day on which all is ready" : `${Math.abs(day)} ${Math.abs(day) === 1 ? "day" : "days"} ${day < 0 ? "before" : "after"}`);
  return from === until ? one(from) : `${one(from)} to ${one(until)}`;
}

type Entry = Record<string, unknown>;

export function entryWords(entry: object): { title: string; about: string } {
  const { id, name, title, text, description, owner, responsibilities, area, audience, minutes, kind, mitigation, decides } = entry as Entry;
  const said = [
    kind && String(kind).replaceAll("-", " "), decides === true && "makes the final call", area, owner && `owner ${String(owner)}`, audience && `for ${String(audience)}`, minutes && `${String(minutes)} minutes`, responsibilities, mitigation,
  ];
  return { title: String(title ?? name ?? text ?? description ?? id), about: said.filter(Boolean).join(" · ") };
}

/** Days of activities that are gone go with them. */
export const keptDays = (document: Pick<PlanDocument, "activities">, days: readonly Days[]): Days[] => days.filter(({ activity }) => document.activities.some(({ id }) => id === activity));

export const daysOf = (days: readonly Days[], activity: string): Days | undefined => days.find((one) => one.activity === activity);

/** Without both numbers it has no days. */
export function withDays(days: readonly Days[], activity: string, from: number | "", until: number | ""): Days[] {
  const rest = days.filter((one) => one.activity !== activity);
  const some = from === "" ? until : from;
  return some === "" ? rest : [...rest, { activity, from: Number(some), until: Number(until === "" ? some : until) }];
}

/** One of the team's own that remembers what it was made from. */
export const copyOf = (template: PlanTemplate): PlanDocument => ({ ...documentOf(template), template: { name: template.name, version: template.version } });
