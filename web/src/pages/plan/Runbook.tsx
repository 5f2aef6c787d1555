// The steps of a runbook, each started and finished by a press that is kept with who and when. Commands are shown, and run by
// people: a browser runs nothing.
import { Code, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconPlayerPlay } from "@tabler/icons-react";
import type { Plan } from "@/api/types";
import { ActButton } from "./ActButton";
import type { RunbookStep } from "./document";
import { Said } from "./Said";
import { useMarks } from "./useEdits";

interface RunbookProps {
  plan: Plan;
  steps: readonly RunbookStep[];
  /** Of a risk's contingency; of the deployment where absent. */
  risk?: string;
  label: string;
}

export function Runbook({ plan, steps, risk, label }: RunbookProps) {
  const marks = useMarks(plan);
  return (
    <ol className="tg-steps" aria-label={label}>
      {steps.map(({ id, text, command }) => {
        const said = plan.marks[`step/${risk ?? ""}/${id}`];
        const act = (state: "started" | "done") => ({ act: "step" as const, risk: risk ?? null, step: id, state, note: null });
        return (
          <li key={id}>
            <Stack gap={2}>
              <Text size="sm" className="tg-break">{text}</Text>
              {command && <Code block tabIndex={0}>{command}</Code>}
              <Group gap="xs">
                <Said said={said} prefix="Last by " />
                {marks && (
                  <>
                    <ActButton version={plan.version} act={act("started")} label={`Start: ${text}`} button={{ size: "compact-xs", leftSection: <IconPlayerPlay size={12} aria-hidden /> }}>Start</ActButton>
                    <ActButton version={plan.version} act={act("done")} label={`Done: ${text}`} button={{ size: "compact-xs", leftSection: <IconCheck size={12} aria-hidden /> }}>Done</ActButton>
                  </>
                )}
              </Group>
            </Stack>
          </li>
        );
      })}
    </ol>
  );
}
