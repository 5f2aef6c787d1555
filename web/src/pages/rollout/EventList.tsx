// What happened to the rollout, newest first: when, what and by whom.
import { Switch, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { Rollout, TidegateEvent } from "@/api/types";
import { Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { clock, exact } from "@/parts/time";
import { said } from "./told";

const ROWS_MAX = 200;

export function EventList({ events, rollout }: { events: readonly TidegateEvent[]; rollout: Rollout }) {
  const [all, setAll] = useState(false);
  const told = events.map((event) => ({ event, ...said(event, rollout) })).filter(({ minor }) => all || minor !== true).reverse();
  return (
    <Section title="What happened" aside={<Switch size="xs" label="Every observation" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />}>
      <Scroll label="What happened, as a table">
        <Table aria-label="Events, newest first" verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col">What</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">By</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {told.slice(0, ROWS_MAX).map(({ event, text, tone }) => (
              <Table.Tr key={event.position}>
                <Table.Td style={{ whiteSpace: "nowrap", verticalAlign: "top" }}>
                  <time dateTime={new Date(event.at_ms).toISOString()} title={exact(event.at_ms)}>{clock(event.at_ms)}</time>
                </Table.Td>
                <Table.Td className="tg-break" style={{ color: tone === "quiet" ? undefined : `var(--tg-${tone})` }}>
                  {text}
                  <Text size="xs" c="dimmed" hiddenFrom="sm">{event.actor}</Text>
                </Table.Td>
                <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap", verticalAlign: "top" }}>
                  {event.actor}
                  {event.origin && <Text size="xs" c="dimmed">{event.origin}</Text>}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      {told.length > ROWS_MAX && <Text size="xs" c="dimmed">The newest {ROWS_MAX} of {told.length}.</Text>}
    </Section>
  );
}
