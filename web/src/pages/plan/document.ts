// The document of a plan as the server keeps it: docs/reference/plans.md says every member. What is absent is empty here. Pure.
import type { Plan, PlanDecision, PlanFixRisk, PlanMatrix, PlanSeverity } from "@/api/types";

export interface Objective { id: string; text: string }
export interface Component { id: string; change?: string }
export interface Role { id: string; name: string; responsibilities?: string; person?: string; decides?: boolean }
export interface Person { id: string; skills?: string[]; hours_per_week: number; days_off?: { from: string; until: string }[]; zone?: string }
export interface Estimate { skill: string; hours: number }
export interface ScopeItem {
  id: string; title: string; source?: string; url?: string; state: "new" | "in" | "done" | "out"; component?: string; labels?: string[];
  severity?: PlanSeverity; fix_risk?: PlanFixRisk; decision?: PlanDecision; estimates?: Estimate[];
  priority?: number; feature?: boolean; tests?: string[]; suites?: string[];
}
export interface Activity { id: string; name: string; owner?: string; start?: string; end?: string; after?: string[]; state: string; done_on?: string }
export interface ChecklistItem { id: string; text: string; area: string; audience?: string; owner?: string; done?: boolean }
export interface TestCase { id: string; title: string; steps?: string[]; expected?: string; assignee?: string; regression?: boolean; acceptance?: boolean; sets?: string[]; feature?: string }
export interface RunbookStep { id: string; text: string; command?: string }
export interface Risk {
  id: string; description: string; probability: number; impact: number; state: "open" | "occurred" | "closed"; mitigation?: string;
  bound?: { kind: "flag" | "rollback-rule" | "gate"; name: string }; trigger?: string; owner?: string; contingency?: RunbookStep[];
}
export interface Deployment {
  window?: { from: string; until: string; zone: string }; expected_downtime_seconds?: number; strategy?: string; steps?: RunbookStep[];
  database_steps?: RunbookStep[]; rollback?: RunbookStep[]; contingency?: RunbookStep[];
}
export interface Audience { id: string; name: string; channels?: string[] }
export interface Announcement { id: string; title: string; audience: string; channels?: string[]; template?: string; when: { moment: string; minutes?: number } }
export interface Material { id: string; title: string; kind: string; audience?: string; owner?: string; location?: string; done?: boolean }
export interface Meeting { id: string; kind: string; title: string; at?: string; minutes?: number; agenda?: string[]; outcome?: string }
export interface Action { id: string; text: string; owner?: string; due?: string; from?: string; done?: boolean }
export interface Note { heading: string; text: string }

export interface PlanDocument {
  title: string;
  kind: "planned" | "hotfix" | "rollback";
  template?: { name: string; version: number };
  zone: string;
  overview: string;
  freeze_on?: string;
  ready_on?: string;
  /** The team's own matrix. */
  triage?: PlanMatrix;
  objectives: Objective[];
  components: Component[];
  scope: ScopeItem[];
  roles: Role[];
  people: Person[];
  activities: Activity[];
  readiness: ChecklistItem[];
  test_cases: TestCase[];
  risks: Risk[];
  deployment: Deployment;
  audiences: Audience[];
  announcements: Announcement[];
  materials: Material[];
  meetings: Meeting[];
  afterwards: ChecklistItem[];
  actions: Action[];
  notes: Note[];
}

/** The lists of entries with an id each. */
export const LISTS = [
  "objectives", "components", "scope", "roles", "people", "activities", "readiness", "test_cases", "risks", "audiences",
  "announcements", "materials", "meetings", "afterwards", "actions",
] as const;
export type ListName = (typeof LISTS)[number];

export function documentOf(plan: Pick<Plan, "document">): PlanDocument {
  const told = plan.document as unknown as Partial<PlanDocument>;
  const lists = Object.fromEntries([...LISTS, "notes"].map((name) => [name, told[name as ListName] ?? []]));
  return { kind: "planned", zone: "UTC", overview: "", deployment: {}, title: "", ...told, ...lists } as PlanDocument;
}

/** As it is sent: without what is empty. */
export function sent(document: PlanDocument): Record<string, unknown> {
  const empty = (value: unknown) => value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(document).filter(([, value]) => !empty(value)));
}

export interface Identified { id: string }

export function put(document: PlanDocument, list: ListName, entry: Identified, before: string | null): PlanDocument {
  const entries = document[list] as Identified[];
  const known = before === null ? -1 : entries.findIndex(({ id }) => id === before);
  const now = known < 0 ? [...entries, entry] : entries.map((one, index) => (index === known ? entry : one));
  return { ...document, [list]: now };
}

export function without(document: PlanDocument, list: ListName, id: string): PlanDocument {
  return { ...document, [list]: (document[list] as Identified[]).filter((one) => one.id !== id) };
}

const ID_MAX = 48;

/** From a name, such as `final-qa` from “Final QA”; one that nobody has yet. */
export function idFrom(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, ID_MAX).replace(/-+$/, "") || "entry";
  if (!taken.includes(plain)) return plain;
  for (let number = 2; ; number += 1) if (!taken.includes(`${plain}-${number}`)) return `${plain}-${number}`;
}

/** A role or a person of the plan in words. */
export function ownerName(document: PlanDocument, owner: string | null | undefined): string {
  if (owner == null || owner === "") return "nobody";
  const role = document.roles.find(({ id }) => id === owner);
  return role ? (role.person ? `${role.name} (${role.person})` : role.name) : owner;
}

export function titleOfAudience(document: PlanDocument, audience: string | null | undefined): string {
  return document.audiences.find(({ id }) => id === audience)?.name ?? audience ?? "";
}
