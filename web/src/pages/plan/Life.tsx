// The way of a plan from its draft to being out: where it stands, who brought it there, and where it can go from here.
import { Alert, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowBackUp, IconArrowRight, IconBan, IconHandStop, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "@/api/may";
import { useAct } from "@/api/plans";
import type { Plan, PlanPhase } from "@/api/types";
import { PHASE_MEANS, PHASES, phaseWord } from "@/pages/plans/words";
import { Confirm } from "@/parts/Confirm";
import { Said } from "./Said";

export function Life({ plan }: { plan: Plan }) {
  const { phase, held, moved, call } = plan;
  const at = PHASES.indexOf(phase);
  return (
    <Stack gap="xs">
      <ol className="tg-way" aria-label="The way of the plan">
        {PHASES.map((one, index) => (
          <li key={one} aria-current={one === phase ? "step" : undefined} data-passed={index < at || undefined} title={PHASE_MEANS[one]}>
            {phaseWord(one)}
          </li>
        ))}
      </ol>
      <Text size="sm">It is {phaseWord(phase)}: {PHASE_MEANS[phase]}.</Text>
      <Said said={moved} prefix="Brought here by " />
      {held && (
        <Alert color="yellow" icon={<IconHandStop aria-hidden />} title={`On hold by ${held.by}`}>
          <Said said={held} />
          <Text size="sm">Nothing moves until somebody resumes it.</Text>
        </Alert>
      )}
      {call && call.choice === "no-go" && phase === "frozen" && <Said said={call.said} prefix={`No-go for rc.${call.candidate} by `} />}
    </Stack>
  );
}

export function LifeActions({ plan }: { plan: Plan }) {
  const may = useMay();
  const act = useAct(plan.version);
  const { version, steps, held, phase } = plan;
  const over = phase === "released" || phase === "cancelled";
  return (
    <>
      {may("sign") && !held && !over && (
        <Confirm
          label="Hold" icon={<IconHandStop size={15} aria-hidden />} title={`Hold the plan of ${version}`} done={`The plan of ${version} is on hold.`}
          consequences={["It does not move on, nobody votes and nobody calls, until somebody resumes it."]}
          reason={{ label: "Why", needed: true }} act={(note) => act({ act: "hold", note })}
        />
      )}
      {may("create-release") && held && (
        <Confirm
          label="Resume" icon={<IconPlayerPlay size={15} aria-hidden />} title={`Resume the plan of ${version}`} done={`The plan of ${version} goes on.`} button={{ variant: "filled" }}
          consequences={[`It goes on as it was: ${phaseWord(phase)}.`]} reason={{ label: "What was found", needed: false }} act={(note) => act({ act: "resume", note: note || null })}
        />
      )}
      {may("create-release") && steps.map((to) => <Move key={to} plan={plan} to={to} />)}
    </>
  );
}

const NOT_A_STEP_BACK: Partial<Record<PlanPhase, string>> = {
  planned: "People have agreed on it; it can still be changed.",
  frozen: "Scope, components and who decides stand from now on. Single items change by triage only.",
};

function Move({ plan, to }: { plan: Plan; to: PlanPhase }) {
  const { version, phase, candidate } = plan;
  const act = useAct(version);
  const [release, setRelease] = useState("");
  const back = PHASES.indexOf(to) < PHASES.indexOf(phase) || to === "cancelled";
  if (to === "cancelled") {
    return (
      <Confirm
        label="Cancel it" danger icon={<IconBan size={15} aria-hidden />} title={`Cancel the plan of ${version}`} done={`The plan of ${version} is cancelled.`}
        consequences={["It does not go out, and the plan ends here. It stays readable."]} reason={{ label: "Why", needed: true }} act={(note) => act({ act: "move", to, note })}
      />
    );
  }
  if (to === "candidate") {
    const next = `rc.${(candidate?.number ?? 0) + 1}`;
    return (
      <Confirm
        label={candidate && phase === "candidate" ? "Another candidate" : "Name a candidate"} icon={<IconArrowRight size={15} aria-hidden />} title={`Name ${next} of ${version}`} done={`${next} is named.`} button={{ variant: phase === "candidate" ? "default" : "filled" }}
        consequences={[`A release with fixed artifacts becomes ${next}: manual tests and votes are about it from now on.`, ...(candidate ? ["Votes about the one before count no more, and manual tests are run again."] : [])]}
        reason={{ label: "Note", needed: false }} act={(note) => act({ act: "move", to, release: release.trim() || null, note: note || null })}
      >
        <TextInput label="Release" description={`${version} itself where empty; else one of its own, such as ${version}-rc.1`} placeholder={version} value={release} onChange={(event) => setRelease(event.currentTarget.value)} />
      </Confirm>
    );
  }
  return (
    <Confirm
      label={back ? `Back to ${phaseWord(to)}` : to === "frozen" ? "Freeze it" : `Make it ${phaseWord(to)}`} icon={back ? <IconArrowBackUp size={15} aria-hidden /> : <IconArrowRight size={15} aria-hidden />} title={`${version}: from ${phaseWord(phase)} to ${phaseWord(to)}`} done={`The plan of ${version} is ${phaseWord(to)}.`} button={back ? {} : { variant: "filled" }}
      consequences={[back ? `It is ${phaseWord(to)} again: ${PHASE_MEANS[to]}.` : (NOT_A_STEP_BACK[to] ?? PHASE_MEANS[to])]}
      reason={{ label: back ? "Why" : "Note", needed: back }} act={(note) => act({ act: "move", to, note: note || null })}
    />
  );
}
