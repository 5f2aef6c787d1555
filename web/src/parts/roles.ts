// Roles and rights in words, as the policy has them.
import type { Right } from "@/api/may";
import type { Grant, Role } from "@/api/types";

export const ROLES: { value: Role; label: string; may: string }[] = [
  { value: "viewer", label: "viewer", may: "sees releases, rollouts, environments, gates and evidence" },
  { value: "developer", label: "developer", may: "sees all that, creates releases, adds evidence, ships where nothing is protected, stops what ships, reads logs, signs gates" },
  { value: "approver", label: "approver", may: "sees, stops, signs gates, reads logs and the audit trail; ships nothing" },
  { value: "release-manager", label: "release manager", may: "ships everywhere, protected environments too, signs, waives findings, overrides freezes, edits the calendar, configures" },
  { value: "admin", label: "administrator", may: "keeps people, settings, secrets, webhooks, calendar; stops. Ships nothing and signs nothing" },
];

export const RIGHTS: Record<Right, string> = {
  read: "see what there is",
  "read-logs": "read logs",
  "read-audit": "read the audit trail",
  "create-release": "create releases",
  "add-evidence": "add evidence",
  deploy: "ship",
  "deploy-protected": "ship to protected environments",
  stop: "hold, abort and roll back",
  sign: "sign gates",
  propose: "propose changes of flags",
  approve: "approve flags that somebody proposed who may not ship there",
  waive: "waive findings",
  "override-freeze": "override freezes",
  "edit-calendar": "edit the calendar",
  configure: "configure",
  "write-secrets": "set secrets",
  "edit-webhooks": "keep webhooks",
  grant: "grant roles",
  administer: "administer the installation",
};

export function roleWords(role: Role): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}

export function grantInWords({ role, environment, project }: Grant): string {
  return `${roleWords(role)}${environment ? ` in ${environment}` : ""}${project ? ` of project ${project}` : ""}`;
}

export function grantsInWords(grants: Grant[]): string {
  return grants.length === 0 ? "nothing" : [...new Set(grants.map(grantInWords))].join(", ");
}
