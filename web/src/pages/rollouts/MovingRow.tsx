// One rollout that moves: its share, what it does, what comes next, what the analysis says. Reads and draws by itself.
import { Group, Progress, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { rollout as rolloutQuery } from "@/api/queries";
import { moving, titleOf } from "@/pages/rollout/consequences";
import { Coming } from "@/pages/rollout/Decision";
import { share } from "@/parts/figures";
import { RolloutMark } from "@/parts/Mark";
import { isMoving } from "./useMoving";

export const MovingRow = memo(function MovingRow({ id, state }: { id: string; state: string }) {
  const { data: rollout, dataUpdatedAt } = useQuery(rolloutQuery(id));
  if (!rollout || !isMoving(rollout) || (state !== "" && rollout.state !== state)) return null;
  const leg = moving(rollout);
  const weight = leg?.weight ?? 0;
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400}>
        <Link to="/rollouts/$id" params={{ id }} className="tg-link" style={{ fontWeight: 600 }}>
          {titleOf(rollout)}
        </Link>
        <Text size="xs" c="dimmed">{rollout.strategy} by {rollout.started_by}</Text>
      </Table.Th>
      <Table.Td>
        <RolloutMark state={rollout.state} />
        {rollout.next && rollout.state === "advancing" && <Coming next={rollout.next} readMs={dataUpdatedAt} />}
        {rollout.hold && <Text size="xs" c="dimmed" className="tg-break">by {rollout.hold.by}{rollout.hold.reason && `: ${rollout.hold.reason}`}</Text>}
        {rollout.state === "held" && !rollout.hold && <Text size="xs" c="dimmed">waits for a person to let it go on</Text>}
      </Table.Td>
      <Table.Td style={{ minWidth: 150 }}>
        {leg && (
          <Stack gap={2}>
            <Group gap="xs" wrap="nowrap">
              <Progress value={weight / 100} flex={1} color="var(--tg-candidate)" aria-label={`Share of ${leg.candidate}`} />
              <Text size="sm" fw={600} miw={44} ta="right">{leg.weight == null ? "none" : share(leg.weight)}</Text>
            </Group>
            <Text size="xs" c="dimmed">
              {leg.component} {leg.stable ?? "nothing"} → {leg.candidate}, step {leg.step} of {leg.steps}: {leg.stage}
            </Text>
          </Stack>
        )}
      </Table.Td>
      <Table.Td visibleFrom="md" className="tg-break" style={{ maxWidth: 460 }}>
        <Text size="sm">{rollout.fault ?? rollout.cause ?? leg?.judgement?.explanation ?? "–"}</Text>
      </Table.Td>
    </Table.Tr>
  );
});
