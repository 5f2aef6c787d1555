// Deciding about one item: how bad it is against what its fix could break, what the matrix advises, what is decided and why.
import { Select } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useState } from "react";
import { useAct } from "@/api/plans";
import type { Plan, PlanDecision } from "@/api/types";
import { DECISIONS, decisionWord } from "@/pages/plans/words";
import { Confirm } from "@/parts/Confirm";
import { severityAgainstRisk } from "./scope";
import { isFrozen } from "./useEdits";

interface TriageProps {
  plan: Pick<Plan, "version" | "phase">;
  id: string;
  title: string;
  severity?: string | null;
  fixRisk?: string | null;
  /** What was decided before. */
  decision?: string | null;
  /** What the matrix of severity and risk says, and in which words. */
  advice?: string | null;
  why?: string | null;
}

export function Triage({ plan: { version, phase }, id, title, severity, fixRisk, decision, advice, why }: TriageProps) {
  const act = useAct(version);
  const [chosen, setChosen] = useState<PlanDecision>(((decision ?? advice) as PlanDecision | null | undefined) ?? "fix-now");
  const late = isFrozen(phase);
  return (
    <Confirm
      label={decision ? "Decide anew" : "Decide"} icon={<IconScale size={14} aria-hidden />} title={`Decide about ${id}`} done={`${id}: ${decisionWord(chosen)}.`} button={{ size: "xs", variant: decision ? "default" : "filled" }}
      consequences={[
        title,
        ...(severity || fixRisk ? [`${severityAgainstRisk(severity, fixRisk)}.`] : []),
        ...(advice ? [`The matrix advises “${decisionWord(advice)}”${why ? `: ${why}` : ""}.`] : []),
        ...(late ? ["The scope is frozen: the decision is kept as a late one, and takes a reason."] : []),
      ]}
      reason={{ label: "Why", needed: late }} act={(note) => act({ act: "triage", item: id, decision: chosen, note: note || null })}
    >
      <Select label="Decision" data={DECISIONS.map(({ value, label, means }) => ({ value, label: `${label}: ${means}` }))} value={chosen} onChange={(value) => value && setChosen(value as PlanDecision)} allowDeselect={false} comboboxProps={{ withinPortal: true }} />
    </Confirm>
  );
}
