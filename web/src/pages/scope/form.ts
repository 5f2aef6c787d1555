// What the form of a source holds, and the request it becomes: what is empty is left out, and a table is asked nothing. Pure.
import type { Named, ScopeRule, ScopeSource } from "@/api/types";

export interface RuleForm {
  label: string;
  milestone: string;
  version: string;
  kind: string;
  severity: string;
  fix_risk: string;
  component: string;
  skill: string;
  feature: "" | "yes" | "no";
}

export interface SourceForm {
  name: string;
  kind: ScopeSource["kind"];
  project: string;
  base: string;
  milestone: string;
  labels: string[];
  every: number | "";
  environment: string;
  secret: string;
  rules: RuleForm[];
}

export const noRule: RuleForm = { label: "", milestone: "", version: "", kind: "", severity: "", fix_risk: "", component: "", skill: "", feature: "" };

export const noSource: SourceForm = { name: "", kind: "github", project: "", base: "", milestone: "", labels: [], every: 15, environment: "", secret: "", rules: [] };

const ruleForm = ({ label, milestone, version, kind, severity, fix_risk: risk, component, skill, feature }: ScopeRule): RuleForm => ({
  label: label ?? "", milestone: milestone ?? "", version: version ?? "", kind: kind ?? "", severity: severity ?? "", fix_risk: risk ?? "", component: component ?? "", skill: skill ?? "",
  feature: feature == null ? "" : feature ? "yes" : "no",
});

export const formOf = ({ name, kind, project, base, milestone, labels, every_minutes: every, token, rules }: ScopeSource): SourceForm => ({
  name, kind, project: project ?? "", base: base ?? "", milestone: milestone ?? "", labels, every, environment: token?.environment ?? "", secret: token?.secret ?? "", rules: rules.map(ruleForm),
});

const text = (value: string): string | null => value.trim() || null;

function ruleOf({ feature, ...words }: RuleForm): ScopeRule {
  const said = Object.entries(words).flatMap(([name, value]) => (value.trim() === "" ? [] : [[name, value.trim()]]));
  return { ...(Object.fromEntries(said) as ScopeRule), ...(feature === "" ? {} : { feature: feature === "yes" }) };
}

export function requestOf({ kind, project, base, milestone, labels, every, environment, secret, rules }: SourceForm): Named<"SetScopeSourceRequest"> {
  const said = rules.map(ruleOf);
  if (kind === "csv") return { kind, rules: said };
  return {
    kind, project: text(project), base: text(base), milestone: text(milestone), labels: labels.map((label) => label.trim()).filter(Boolean),
    every_minutes: every === "" ? null : every,
    token: environment !== "" && secret.trim() !== "" ? { environment, secret: secret.trim() } : null, rules: said,
  };
}

/** By the field's name; empty when it can be sent. */
export function wrongWith({ name, kind, project, environment, secret }: SourceForm): Record<string, string> {
  return {
    ...(name.trim() === "" ? { name: "A source needs a name." } : {}),
    ...(kind !== "csv" && project.trim() === "" ? { project: "Which project is read?" } : {}),
    ...(kind !== "csv" && (environment === "") !== (secret.trim() === "") ? { secret: "A token is named by its environment and its secret." } : {}),
  };
}
