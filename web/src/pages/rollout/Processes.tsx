// The instances of the components that move: version, health, restarts and why one is not ready; and the way to its log.
import { Button, Group, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconProgress, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "@/api/may";
import { environment } from "@/api/queries";
import type { Instance, Rollout } from "@/api/types";
import { Mark, type Tone } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";

const STATES: Record<Instance["state"], { word: string; tone: Tone; sign: typeof IconCheck }> = {
  ready: { word: "ready", tone: "good", sign: IconCheck },
  starting: { word: "starting", tone: "moving", sign: IconProgress },
  unready: { word: "not ready", tone: "warn", sign: IconAlertTriangle },
  "backing-off": { word: "keeps ending", tone: "bad", sign: IconX },
  stopping: { word: "stopping", tone: "quiet", sign: IconClock },
};

interface ProcessesProps {
  rollout: Rollout;
  /** Whose log is open. */
  log: string | undefined;
  openLog: (instance: string | undefined) => void;
}

export function Processes({ rollout, log, openLog }: ProcessesProps) {
  const query = useQuery(environment(rollout.environment));
  const readable = useMay()("read-logs", rollout.environment);
  const components = rollout.legs.map(({ component }) => component);
  return (
    <Read of={query}>
      {({ slots }) => {
        const rows = slots.filter(({ component }) => components.includes(component)).flatMap(({ component, instances }) => instances.map((instance) => ({ component, instance })));
        if (rows.length === 0) return <Text size="sm" c="dimmed">Nothing runs there now.</Text>;
        return (
          <Scroll label="Processes, as a table">
            <Table aria-label="Processes" verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Instance</Table.Th>
                  <Table.Th scope="col">Health</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map(({ component, instance }) => (
                  <Row key={instance.name} instance={instance} candidate={isCandidate(rollout, component, instance.version)} readable={readable} opened={log === instance.name} openLog={openLog} />
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        );
      }}
    </Read>
  );
}

function isCandidate({ legs, state }: Rollout, component: string, version: string): boolean {
  return state !== "succeeded" && legs.some((leg) => leg.component === component && leg.candidate === version);
}

interface RowProps {
  instance: Instance;
  candidate: boolean;
  readable: boolean;
  opened: boolean;
  openLog: (instance: string | undefined) => void;
}

function Row({ instance, candidate, readable, opened, openLog }: RowProps) {
  const { name, state, restarts, reason, process_id, address } = instance;
  const look = STATES[state];
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500} style={{ verticalAlign: "top" }}>
        {name}{" "}
        <Text span size="xs" fw={600} c={candidate ? "var(--tg-candidate)" : "var(--tg-stable)"}>{candidate ? "candidate" : "stable"}</Text>
        <Text size="xs" c="dimmed">
          {process_id != null && `process ${process_id}`}{address && `, ${address}`}
        </Text>
      </Table.Th>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <Mark sign={look.sign} word={look.word} tone={look.tone} />
          {readable && (
            <Button size="compact-xs" variant="default" aria-expanded={opened} aria-label={`${opened ? "Close" : "Open"} the log of ${name}`} onClick={() => openLog(opened ? undefined : name)}>
              {opened ? "Close log" : "Log"}
            </Button>
          )}
        </Group>
        {reason && <Text size="xs" c="dimmed" className="tg-break">{reason}</Text>}
        {restarts > 0 && <Text size="xs" c="dimmed">{restarts} {restarts === 1 ? "start" : "starts"} ended by {restarts === 1 ? "itself" : "themselves"}</Text>}
      </Table.Td>
    </Table.Tr>
  );
}
