// Environments × components: the version in each place, and what comes there or is not well.
import { Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Catalog, Environment, Rollout, Slot } from "@/api/types";
import { share } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Spacer, useRowsSeen } from "@/parts/RowsSeen";

const ROW_PX = 58;

interface MatrixProps {
  environments: Environment[];
  catalog: Catalog | undefined;
  moving: Rollout[];
}

export function Matrix({ environments, catalog, moving }: MatrixProps) {
  const components = [...new Set(environments.flatMap(({ slots }) => slots.map(({ component }) => component)))].sort();
  const { box, seen, above, below, measure } = useRowsSeen(environments.length, ROW_PX, (index) => environments[index]?.name ?? index);
  const columns = components.length + 1;
  return (
    <Table.ScrollContainer ref={box} minWidth={320 + 110 * components.length} type="native">
      <Table withTableBorder highlightOnHover bg="var(--mantine-color-body)" aria-label="The version of each component in each environment" aria-rowcount={environments.length + 1}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Environment</Table.Th>
            {components.map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Spacer height={above} columns={columns} />
          {seen.map(({ index, key }) => {
            const environment = environments[index];
            if (!environment) return null;
            const here = moving.filter((rollout) => rollout.environment === environment.name);
            return <Row key={key} index={index} measure={measure} environment={environment} components={components} tier={tier(catalog, environment.name)} moving={here} />;
          })}
          <Spacer height={below} columns={columns} />
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function tier(catalog: Catalog | undefined, name: string): string {
  const known = catalog?.environments.find((one) => one.name === name);
  return [known?.tier === name ? null : known?.tier, known?.protected ? "protected" : null].filter(Boolean).join(", ");
}

interface RowProps {
  index: number;
  measure: (element: HTMLElement | null) => void;
  environment: Environment;
  components: string[];
  tier: string;
  moving: Rollout[];
}

/** One environment changes at a time, and there may be hundreds. */
const Row = memo(function Row({ index, measure, environment, components, tier, moving }: RowProps) {
  return (
    <Table.Tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      <Table.Th scope="row" style={{ verticalAlign: "top" }}>
        <Link className="tg-link" to="/environments/$environment" params={{ environment: environment.name }}>
          {environment.name}
        </Link>
        {tier && (
          <Text size="xs" c="dimmed" fw={400}>
            {tier}
          </Text>
        )}
      </Table.Th>
      {components.map((component) => {
        const slot = environment.slots.find((one) => one.component === component);
        const rollout = moving.find(({ legs }) => legs.some((leg) => leg.component === component));
        return (
          <Table.Td key={component} style={{ verticalAlign: "top" }}>
            {slot ? <Cell slot={slot} rollout={rollout} /> : <Text c="dimmed">–</Text>}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}, same);

/** A rollout that changed is another object; so is an environment. */
function same(before: RowProps, now: RowProps): boolean {
  return (
    before.index === now.index && before.environment === now.environment && before.tier === now.tier &&
    before.components.join() === now.components.join() &&
    before.moving.length === now.moving.length && before.moving.every((rollout, index) => rollout === now.moving[index])
  );
}

function Cell({ slot, rollout }: { slot: Slot; rollout: Rollout | undefined }) {
  const leg = rollout?.legs.find(({ component }) => component === slot.component);
  const ready = slot.instances.filter(({ state }) => state === "ready").length;
  return (
    <Stack gap={2}>
      {slot.version ? (
        <Link className="tg-link" to="/releases/$version" params={{ version: slot.version }}>
          {slot.version}
        </Link>
      ) : (
        <Text c="dimmed">nothing yet</Text>
      )}
      {rollout && leg ? (
        <Link className="tg-link" to="/rollouts/$id" params={{ id: rollout.id }}>
          <Mark tone={rollout.state === "held" ? "warn" : rollout.state === "returning" ? "bad" : "moving"} word={`${leg.candidate} at ${leg.weight == null ? "0 %" : share(leg.weight)}`} />
        </Link>
      ) : (
        slot.version && (
          <Mark tone={ready < slot.replicas ? "bad" : "quiet"} word={`${ready} of ${slot.replicas} ready`} />
        )
      )}
      {slot.fault && <Mark tone="bad" word={slot.fault} />}
    </Stack>
  );
}
