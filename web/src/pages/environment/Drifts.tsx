// Where what runs differs from what was recorded. Looked up when somebody comes here: artifacts are read and hashed for it.
import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconRefresh, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { drift } from "@/api/keeping";
import type { Drift } from "@/api/types";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";

const SEVERITIES = {
  broken: { sign: IconX, word: "broken", tone: "bad" },
  degraded: { sign: IconAlertTriangle, word: "degraded", tone: "warn" },
  waiting: { sign: IconClock, word: "waiting", tone: "quiet" },
} as const;

export function Drifts({ environment }: { environment: string }) {
  const looked = useQuery({ ...drift(environment), staleTime: 0 });
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          <b>Broken</b>: requests fail or go where they should not. <b>Degraded</b>: it serves otherwise than recorded. <b>Waiting</b>:
          it comes with the next version. Instances and routes are put right by Tidegate itself within seconds.
        </Text>
        <Group gap="xs">
          {looked.dataUpdatedAt > 0 && (
            <Text size="sm" c="dimmed">
              looked <When ms={looked.dataUpdatedAt} />
            </Text>
          )}
          <Button variant="default" size="xs" leftSection={<IconRefresh size={14} aria-hidden />} loading={looked.isFetching} onClick={() => void looked.refetch()}>
            Look again
          </Button>
        </Group>
      </Group>
      <Read of={looked}>
        {({ drifts, changing }) => (
          <Stack gap="xs" aria-live="polite">
            {changing.map(({ component, rollout }) => (
              <Text key={component} size="sm">
                {component} is being changed by{" "}
                <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>
                  a rollout
                </Link>
                : nothing of it counts as drift.
              </Text>
            ))}
            {drifts.length === 0 ? <Mark sign={IconCheck} word="What runs is what was recorded" tone="good" /> : <Found drifts={drifts} environment={environment} />}
          </Stack>
        )}
      </Read>
    </Stack>
  );
}

function Found({ drifts, environment }: { drifts: Drift[]; environment: string }) {
  return (
    <Scroll label="Drift, scrolls">
      <Table aria-label={`Drift of ${environment}`} miw={860}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Component</Table.Th>
            <Table.Th scope="col">How bad</Table.Th>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">Recorded</Table.Th>
            <Table.Th scope="col">Observed</Table.Th>
            <Table.Th scope="col">What mends it</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {drifts.map((one) => (
            <Table.Tr key={`${one.component} ${one.kind} ${one.subject ?? ""}`}>
              <Table.Th scope="row">{one.component}</Table.Th>
              <Table.Td>
                <Mark {...SEVERITIES[one.severity]} />
              </Table.Td>
              <Table.Td className="tg-break">
                {one.kind.replaceAll("-", " ")}
                {one.subject && (
                  <Text size="xs" c="dimmed">
                    {one.subject}
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="tg-break">{one.recorded}</Table.Td>
              <Table.Td className="tg-break">{one.observed}</Table.Td>
              <Table.Td miw={200}>{one.help}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
