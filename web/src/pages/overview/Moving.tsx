// One rollout under way, in a card: how much it has, what it does, what the analysis says.
import { Card, Group, Progress, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Rollout } from "@/api/types";
import { share } from "@/parts/figures";
import { RolloutMark } from "@/parts/Mark";

export const Moving = memo(function Moving({ rollout }: { rollout: Rollout }) {
  const leg = rollout.legs.find(({ component }) => component === rollout.component) ?? rollout.legs[0];
  const weight = leg?.weight ?? 0;
  return (
    <Card p="sm">
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout.id }}>
            {rollout.release} to {rollout.environment}
          </Link>
          <RolloutMark state={rollout.state} />
        </Group>
        {leg && (
          <>
            <Group gap="xs" wrap="nowrap">
              <Progress value={weight / 100} flex={1} aria-label={`Share of the candidate of ${leg.component}`} color={rollout.state === "returning" ? "red" : undefined} />
              <Text size="sm" fw={600}>
                {share(weight)}
              </Text>
            </Group>
            <Text size="sm" c="dimmed" className="tg-break">
              {leg.component} {leg.stable ?? "nothing"} → {leg.candidate}, step {leg.step} of {leg.steps}: {leg.stage}
            </Text>
            {leg.judgement && (
              <Text size="sm" className="tg-break">
                {leg.judgement.explanation}
              </Text>
            )}
          </>
        )}
        {rollout.fault && (
          <Text size="sm" style={{ color: "var(--tg-bad)" }}>
            {rollout.fault}
          </Text>
        )}
      </Stack>
    </Card>
  );
});
