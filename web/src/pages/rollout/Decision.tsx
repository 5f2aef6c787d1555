// What the rollout does, why, and what comes next: the first thing that is read.
import { Card, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconScale } from "@tabler/icons-react";
import { useNow } from "@/live/clock";
import type { Leg, Rollout } from "@/api/types";
import { Mark, RolloutMark } from "@/parts/Mark";
import { odds } from "@/parts/figures";
import { span } from "@/parts/time";
import { moving } from "./consequences";
import { sentence } from "./sentence";
import { SmokeTests } from "./SmokeTests";

interface DecisionProps {
  rollout: Rollout;
  /** When the answer came, by this machine's clock; a countdown starts there. Null in a replay: time stands still. */
  readMs: number | null;
}

export function Decision({ rollout, readMs }: DecisionProps) {
  const leg = moving(rollout);
  return (
    <Card>
      <Stack gap="xs">
        <Group gap="md" align="center">
          <RolloutMark state={rollout.state} />
          {rollout.next && <Coming next={rollout.next} readMs={readMs} />}
        </Group>
        <Text fw={600} size="lg" className="tg-break" role={readMs === null ? undefined : "status"}>
          {sentence(rollout)}
        </Text>
        {leg?.judgement && rollout.cause?.includes(leg.judgement.explanation) !== true && <Judgement judgement={leg.judgement} />}
        {leg?.reason && <Text size="sm" c="dimmed">Not every instance is ready: {leg.reason}.</Text>}
        {rollout.smoke_tests && <SmokeTests tests={rollout.smoke_tests} />}
        {rollout.fault && <Mark sign={IconAlertTriangle} tone="bad" word={`Wrong outside: ${rollout.fault}; it tries on.`} />}
        {rollout.past_return && <Mark sign={IconAlertTriangle} tone="warn" word="Past the point of no return: a database began to lose what earlier versions need, so nothing goes back." />}
        {rollout.alarmed && <Mark sign={IconAlertTriangle} tone="bad" word="A person should look: it cannot be brought to its end." />}
      </Stack>
    </Card>
  );
}

const ACTION: Record<NonNullable<Leg["judgement"]>["action"], { word: string; tone: "good" | "bad" | "warn" | "quiet" }> = {
  continue: { word: "may go on", tone: "good" },
  stay: { word: "stay for now", tone: "quiet" },
  hold: { word: "a person must look", tone: "warn" },
  "roll-back": { word: "go back", tone: "bad" },
  "step-down": { word: "go back without blame", tone: "warn" },
  promote: { word: "good enough for all", tone: "good" },
};

function Judgement({ judgement }: { judgement: NonNullable<Leg["judgement"]> }) {
  const { word, tone } = ACTION[judgement.action];
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Mark sign={IconScale} word={word} tone={tone} />
      <Text size="sm" className="tg-break">
        The analysis: {judgement.explanation} (odds of harm {odds(judgement.evidence)}).
      </Text>
    </Group>
  );
}

export function Coming({ next, readMs }: { next: NonNullable<Rollout["next"]>; readMs: number | null }) {
  useNow(500);
  const left = next.in_ms - (readMs === null ? 0 : Math.max(0, Date.now() - readMs));
  return (
    <Text size="sm" c="dimmed">
      {next.in_ms === 0 ? `Now: ${next.what}` : left > 0 ? `Next: ${next.what} in ${span(left)}` : `Next: ${next.what}, as soon as the evidence allows it`}
    </Text>
  );
}
