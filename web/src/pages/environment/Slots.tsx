// The components of an environment: the version that stands there, its instances and how each of them does.
import { Alert, Card, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconProgress, IconRefresh, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Environment, Instance, Slot } from "@/api/types";
import { count } from "@/parts/figures";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Scroll } from "@/parts/Scroll";
import { health } from "@/pages/environments/health";

export function Slots({ environment: { name, slots } }: { environment: Environment }) {
  if (slots.length === 0) {
    return (
      <Empty title="Nothing is placed here">
        Name components under this environment in <code>tidegate.yaml</code>, and apply it.
      </Empty>
    );
  }
  return (
    <Stack>
      {slots.map((slot) => (
        <One key={slot.component} slot={slot} environment={name} />
      ))}
    </Stack>
  );
}

function One({ slot, environment }: { slot: Slot; environment: string }) {
  const { component, version, previous, digest, listen, path, rollout, fault, drift, instances } = slot;
  return (
    <Card component="section" aria-label={component}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="sm">
            <Title order={2} size="h5">
              {component}
            </Title>
            <Text fw={600}>{version ?? "nothing yet"}</Text>
            <Mark {...health([slot])} />
          </Group>
          {rollout && (
            <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>
              A rollout changes it now
            </Link>
          )}
        </Group>
        <Text size="sm" c="dimmed" className="tg-break">
          {previous ? <>before it stood {previous} · </> : null}
          {listen ? <>answers at <code>{listen}{path ?? ""}</code></> : "nobody calls it"}
          {digest && <> · <code title={digest}>{digest.slice(0, 19)}…</code></>}
        </Text>
        {fault && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title="Something is wrong outside">
            {fault}
          </Alert>
        )}
        {drift && (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />} title="It runs otherwise than recorded">
            {drift}{" "}
            <Link className="tg-link" to="/environments/$environment" params={{ environment }} search={{ tab: "drift" }}>
              See all of it
            </Link>
          </Alert>
        )}
        {instances.length === 0 ? (
          <Text size="sm" c="dimmed">
            {version ? "No instance runs." : <>No release has been deployed: <Code>tidegate deploy VERSION --to {environment}</Code></>}
          </Text>
        ) : (
          <Scroll label={`Instances of ${component}, scrolls`}>
            <Table aria-label={`Instances of ${component}`} miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Instance</Table.Th>
                  <Table.Th scope="col">State</Table.Th>
                  <Table.Th scope="col">Address</Table.Th>
                  <Table.Th scope="col">Process</Table.Th>
                  <Table.Th scope="col">Starts that ended</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {instances.map((instance) => (
                  <Row key={instance.name} instance={instance} />
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Stack>
    </Card>
  );
}

const STATES = {
  starting: { sign: IconProgress, word: "starting", tone: "moving" },
  ready: { sign: IconCheck, word: "ready", tone: "good" },
  unready: { sign: IconX, word: "not ready", tone: "bad" },
  "backing-off": { sign: IconRefresh, word: "ended; waits before it starts again", tone: "bad" },
  stopping: { sign: IconClock, word: "stopping", tone: "quiet" },
} as const;

function Row({ instance: { name, state, address, process_id: process, restarts, reason } }: { instance: Instance }) {
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td>
        <Mark {...STATES[state]} />
        {reason && (
          <Text size="xs" c="dimmed" className="tg-break">
            {reason}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{address ? <code>{address}</code> : "–"}</Table.Td>
      <Table.Td>{process ?? "–"}</Table.Td>
      <Table.Td>{restarts === 0 ? "none" : count(restarts, "time")}</Table.Td>
    </Table.Tr>
  );
}
