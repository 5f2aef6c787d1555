// Deciding about one item: how bad it is against what its fix could break, what the matrix advises, what is decided and why.
import { Group, Select, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useState } from "react";
import { useAct } from "@/api/plans";
import type { Plan, PlanDecision, PlanFixRisk, PlanSeverity } from "@/api/types";
import { DECISIONS, decisionWord } from "@/pages/plans/words";
import { Confirm } from "@/parts/Confirm";
import { advised, FIX_RISKS, SEVERITIES } from "./scope";
import { isFrozen } from "./useEdits";

interface TriageProps {
  plan: Pick<Plan, "version" | "phase" | "advice">;
  id: string;
  title: string;
  severity?: PlanSeverity | null;
  fixRisk?: PlanFixRisk | null;
  /** What was decided before. */
  decision?: PlanDecision | null;
}

export function Triage({ plan: { version, phase, advice: now }, id, title, severity: known, fixRisk: knownRisk, decision: before }: TriageProps) {
  const act = useAct(version);
  const [severity, setSeverity] = useState(known ?? null);
  const [risk, setRisk] = useState(knownRisk ?? null);
  const [byHand, setByHand] = useState<PlanDecision | null>(null);
  const advice = advised(now, severity, risk);
  const judgedAnew = severity !== (known ?? null) || risk !== (knownRisk ?? null);
  const decision = byHand ?? (judgedAnew ? undefined : before) ?? advice ?? before ?? "fix-now";
  const late = isFrozen(phase);
  return (
    <Confirm
      label={before ? "Decide anew" : "Decide"} icon={<IconScale size={14} aria-hidden />} title={`Decide about ${id}`} done={`${id}: ${decisionWord(decision)}.`} button={{ size: "xs", variant: before ? "default" : "filled" }}
      consequences={[title, ...(late ? ["The scope is frozen: the decision is kept as a late one, and takes a reason."] : [])]}
      reason={{ label: "Why", needed: late }} act={(note) => act({ act: "triage", item: id, decision, severity, fix_risk: risk, note: note || null })}
    >
      <Group grow gap="sm">
        <Select label="Severity" placeholder="Not known" data={SEVERITIES} value={severity} onChange={setSeverity} clearable comboboxProps={{ withinPortal: true }} />
        <Select label="Risk of the fix" placeholder="Not known" data={FIX_RISKS} value={risk} onChange={setRisk} clearable comboboxProps={{ withinPortal: true }} />
      </Group>
      <Text size="sm" role="status">
        {advice ? <>The matrix advises “{decisionWord(advice)}”{late && ": the code is frozen, so a fix counts as one step riskier"}.</> : "With both of them known, the matrix says what to do."}
      </Text>
      <Select label="Decision" data={DECISIONS.map(({ value, label, means }) => ({ value, label: `${label}: ${means}` }))} value={decision} onChange={setByHand} allowDeselect={false} comboboxProps={{ withinPortal: true }} />
    </Confirm>
  );
}
