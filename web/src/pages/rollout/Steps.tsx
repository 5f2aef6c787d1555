// Each component's way: its steps, the one it is at with its clock, and its share, wanted and read back.
import { Box, Card, Group, Progress, Stack, Text } from "@mantine/core";
import { IconCheck, IconCircleDashed, IconHandStop, IconProgress } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Leg, MovedFlag, Rollout } from "@/api/types";
import { useNow } from "@/live/clock";
import { Mark } from "@/parts/Mark";
import { share } from "@/parts/figures";
import { span } from "@/parts/time";
import { moving } from "./consequences";

interface StepsProps {
  rollout: Rollout;
  /** For each leg, since when it is in its stage. */
  sinceMs: number[];
  /** In a replay: the instant that is shown. */
  atMs: number | null;
}

/** From these no step is taken any more, also by a component whose turn never came. */
const OFF: ReadonlySet<Rollout["state"]> = new Set(["returning", "rolled-back", "cancelled"]);

export function Steps({ rollout, sinceMs, atMs }: StepsProps) {
  const at = moving(rollout);
  return (
    <Stack gap="sm">
      {rollout.legs.map((leg, index) => (
        <Card key={leg.component} padding="sm" style={leg === at ? { borderColor: "var(--mantine-color-anchor)" } : undefined}>
          <Stack gap="xs">
            <Group justify="space-between" gap="xs">
              <Text fw={600}>{leg.component}</Text>
              <Text size="sm" c="dimmed">{leg.stable ?? "nothing"} → {leg.candidate}</Text>
            </Group>
            <Weight leg={leg} />
            <Shown leg={leg} flags={rollout.flags ?? []} />
            <Ladder leg={leg} isMoving={leg === at && rollout.state === "advancing"} isHeld={leg === at && rollout.state === "held"} isOff={OFF.has(rollout.state)} sinceMs={sinceMs[index] ?? rollout.started_ms} atMs={atMs} />
            <Text size="xs" c="dimmed">
              {leg.candidate_ready} of {leg.candidate_wanted} instances of {leg.candidate} ready
              {leg.stable != null && <>, {leg.stable_ready} of {leg.stable_wanted} of {leg.stable}</>}
              {leg.restarts > 0 && <>; {leg.restarts} {leg.restarts === 1 ? "start" : "starts"} ended by {leg.restarts === 1 ? "itself" : "themselves"}</>}
            </Text>
          </Stack>
        </Card>
      ))}
    </Stack>
  );
}

function Weight({ leg }: { leg: Leg }) {
  const read = leg.weight;
  const differs = read != null && read !== leg.wanted_weight;
  return (
    <Stack gap={4}>
      <Progress.Root size="lg" aria-label={`Share of ${leg.candidate}`}>
        <Progress.Section value={(read ?? 0) / 100} color="var(--tg-candidate)" aria-label={`${leg.candidate} has ${read == null ? "nothing" : share(read)}`} />
        {leg.stable != null && <Progress.Section value={100 - (read ?? 100) / 100} color="var(--tg-stable)" aria-label={`${leg.stable} has the rest`} />}
      </Progress.Root>
      <Text size="sm">
        {read == null ? "Nobody answers" : <><b>{share(read)}</b> on {leg.candidate}</>}
        {differs && <Text span size="sm" c="dimmed">, {share(leg.wanted_weight)} wanted</Text>}
      </Text>
    </Stack>
  );
}

/** Of all subjects, those whom the rollout's flag is shown. */
function Shown({ leg, flags }: { leg: Leg; flags: MovedFlag[] }) {
  const flag = flags.find((one) => one.variant != null);
  const isToCome = leg.plan.some((step) => step.exposed != null);
  if (flag == null || !isToCome) return null;
  const exposed = leg.exposed ?? 0;
  return (
    <Stack gap={4}>
      <Progress.Root size="lg" aria-label={`Share that gets ${flag.variant} of ${flag.key}`}>
        <Progress.Section value={exposed / 100} color="var(--tg-candidate)" aria-label={`${share(exposed)} get ${flag.variant}`} />
        <Progress.Section value={100 - exposed / 100} color="var(--tg-stable)" aria-label="The others get the default" />
      </Progress.Root>
      <Text size="sm">
        {exposed === 0 ? "Nobody yet" : <b>{share(exposed)}</b>} by share {exposed === 0 ? "gets" : "get"} <b>{flag.variant}</b> of the flag <Link className="tg-link" to="/flags/$key" params={{ key: flag.key }}>{flag.key}</Link>
        {exposed > 0 && <Text span size="sm" c="dimmed">; the figures compare them (candidate) with the others (stable)</Text>}
      </Text>
    </Stack>
  );
}

interface LadderProps {
  leg: Leg;
  isMoving: boolean;
  isHeld: boolean;
  isOff: boolean;
  sinceMs: number;
  atMs: number | null;
}

function Ladder({ leg, isMoving, isHeld, isOff, sinceMs, atMs }: LadderProps) {
  const isOver = leg.stage === "promoted";
  const back = ["restoring stable", "returning traffic", "draining the candidate", "stopping the candidate", "returned"].includes(leg.stage);
  return (
    <Box component="ol" m={0} p={0} style={{ listStyle: "none" }}>
      {leg.plan.map((step, index) => {
        const current = index === leg.step - 1 && !isOver && leg.stage !== "waiting for its turn";
        const done = isOver || index < leg.step - 1;
        const [sign, word, tone] = done
          ? [IconCheck, "done", "good" as const]
          : current
            ? back ? [IconHandStop, "went back", "bad" as const] : isHeld ? [IconHandStop, "held", "warn" as const] : [IconProgress, leg.stage, "moving" as const]
            : [IconCircleDashed, back || isOff ? "not reached" : "to come", "quiet" as const];
        return (
          <Group key={index} component="li" gap="xs" py={3} wrap="nowrap" align="center" aria-current={current ? "step" : undefined} style={{ borderTop: index > 0 ? "1px solid var(--tg-line)" : undefined }}>
            <Text size="sm" fw={current ? 700 : 400} style={{ flex: "1 1 auto" }}>{step.name}</Text>
            {current && !back && leg.stage === "watching" && isMoving ? (
              <Dwell seconds={step.dwell_seconds} sinceMs={sinceMs} atMs={atMs} />
            ) : (
              <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>{step.confirm ? "a person lets it go" : step.dwell_seconds > 0 ? span(step.dwell_seconds * 1000) : ""}</Text>
            )}
            <Mark sign={sign} word={word} tone={tone} />
          </Group>
        );
      })}
    </Box>
  );
}

/** The clock of the step: how much of its time is over. */
function Dwell({ seconds, sinceMs, atMs }: { seconds: number; sinceMs: number; atMs: number | null }) {
  const now = useNow(1000);
  const gone = Math.max(0, (atMs ?? now) - sinceMs);
  const whole = seconds * 1000;
  return (
    <Group gap={6} wrap="nowrap">
      {whole > 0 && <Progress value={Math.min(100, (gone / whole) * 100)} w={56} size="sm" aria-label="The step's clock" />}
      <Text size="xs" style={{ whiteSpace: "nowrap" }}>{span(gone)}{whole > 0 && ` of ${span(whole)}`}</Text>
    </Group>
  );
}
