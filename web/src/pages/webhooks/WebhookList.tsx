// Every receiver outside, and whether it gets its messages.
import { Badge, Group, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconPlayerPause } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { webhooks } from "@/api/keeping";
import type { Webhook } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { useDeliveriesSoon } from "./soon";

export function WebhookMark({ webhook: { disabled, dead, waiting } }: { webhook: Webhook }) {
  if (disabled != null) return <Mark sign={IconPlayerPause} word="switched off" tone="quiet" />;
  if (dead > 0) return <Mark sign={IconAlertTriangle} word={`${dead} given up`} tone="bad" />;
  if (waiting > 0) return <Mark sign={IconClock} word={`${waiting} waiting`} tone="warn" />;
  return <Mark sign={IconCheck} word="all delivered" tone="good" />;
}

export function WebhookList() {
  const all = useQuery(webhooks());
  useDeliveriesSoon();
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nobody outside is told" command="tidegate webhook add https://ci.example.com/tidegate --name ci --events 'rollout.*'">
            A receiver gets a signed message for each event that it wants, from the moment it is added on: a chat, a build server,
            a ledger.
          </Empty>
        ) : (
          <Scroll label="Webhooks, scrolls">
            <Table aria-label="Webhooks" highlightOnHover miw={640}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Name</Table.Th>
                  <Table.Th scope="col">State</Table.Th>
                  <Table.Th scope="col">Host</Table.Th>
                  <Table.Th scope="col">Events</Table.Th>
                  <Table.Th scope="col">Form</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((webhook) => (
                  <Table.Tr key={webhook.name}>
                    <Table.Th scope="row">
                      <Link className="tg-link" to="/webhooks/$name" params={{ name: webhook.name }}>
                        {webhook.name}
                      </Link>
                    </Table.Th>
                    <Table.Td>
                      <WebhookMark webhook={webhook} />
                      {webhook.disabled && (
                        <Text size="xs" c="dimmed">
                          {webhook.disabled}
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>{webhook.host}</Table.Td>
                    <Table.Td>
                      <Patterns of={webhook} />
                    </Table.Td>
                    <Table.Td>{webhook.format}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )
      }
    </Read>
  );
}

export function Patterns({ of: { events } }: { of: Webhook }) {
  return (
    <Group gap={4}>
      {events.map((pattern) => (
        <Badge key={pattern} color="gray">
          {pattern === "*" ? "everything" : pattern}
        </Badge>
      ))}
    </Group>
  );
}
