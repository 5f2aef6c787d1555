// Every environment in the order of the pipeline: what stands there, how it does, whom to ask.
import { Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { catalog, environments } from "@/api/queries";
import type { Catalog, Environment, Slot } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Page, Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { health } from "./health";

export function Environments() {
  const all = useQuery(environments());
  const { data: known } = useQuery(catalog());
  return (
    <Page title="Environments" lead="What stands in each, how its instances do, and where what runs differs from what was recorded.">
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No environment is configured" command="tidegate apply tidegate.yaml">
              Environments stand in <code>tidegate.yaml</code>, in the order in which a release reaches them.
            </Empty>
          ) : (
            <Scroll label="Environments, scrolls">
              <Table highlightOnHover aria-label="Environments" miw={480}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Environment</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Tier</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Owner</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Stage</Table.Th>
                    <Table.Th scope="col">Stands there</Table.Th>
                    <Table.Th scope="col">Health</Table.Th>
                    <Table.Th scope="col">Drift</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((environment) => (
                    <Row key={environment.name} environment={environment} of={known?.environments.find(({ name }) => name === environment.name)} />
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          )
        }
      </Read>
    </Page>
  );
}

function Row({ environment: { name, stage, slots }, of }: { environment: Environment; of: Catalog["environments"][number] | undefined }) {
  const drifted = slots.filter((slot) => slot.drift != null);
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <Group gap={6}>
          <Link className="tg-link" to="/environments/$environment" params={{ environment: name }}>
            {name}
          </Link>
          {of?.protected && <Mark sign={IconLock} word="protected" tone="quiet" />}
        </Group>
      </Table.Th>
      <Table.Td visibleFrom="sm">{of?.tier ?? "–"}</Table.Td>
      <Table.Td visibleFrom="sm">{of?.owner ?? "–"}</Table.Td>
      <Table.Td visibleFrom="sm">{stage ?? "not in the pipeline"}</Table.Td>
      <Table.Td>
        <Stack gap={2}>
          {slots.length === 0 ? "nothing is placed here" : slots.map((slot) => <Stands key={slot.component} slot={slot} />)}
        </Stack>
      </Table.Td>
      <Table.Td>
        <Mark {...health(slots)} />
      </Table.Td>
      <Table.Td>
        {drifted.length === 0 ? (
          <Text size="sm" c="dimmed">
            none seen
          </Text>
        ) : (
          <Link className="tg-link" to="/environments/$environment" params={{ environment: name }} search={{ tab: "drift" }} title={drifted.map((slot) => `${slot.component}: ${slot.drift}`).join("\n")}>
            <Mark sign={IconAlertTriangle} word={drifted.map(({ component }) => component).join(", ")} tone="warn" />
          </Link>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Stands({ slot: { component, version, rollout } }: { slot: Slot }) {
  return (
    <Text size="sm">
      {component} <b>{version ?? "nothing yet"}</b>
      {rollout && (
        <>
          {" "}
          <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>
            changes now
          </Link>
        </>
      )}
    </Text>
  );
}
