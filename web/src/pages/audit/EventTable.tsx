// Events in words, one in a line, with everything that was recorded behind a button.
import { ActionIcon, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import type { TidegateEvent } from "@/api/types";
import { eventInWords } from "@/parts/eventWords";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";

const COLUMNS = 6;

export function EventTable({ events }: { events: TidegateEvent[] }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <Scroll label="Events, scrolls">
      <Table aria-label="Events" miw={820} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">Who</Table.Th>
            <Table.Th scope="col">What</Table.Th>
            <Table.Th scope="col">Where</Table.Th>
            <Table.Th scope="col">From</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => {
            const shown = open === event.position;
            return (
              <Fragment key={event.position}>
                <Table.Tr>
                  <Table.Th scope="row">
                    <Group gap={4} wrap="nowrap">
                      <ActionIcon variant="subtle" size="sm" color="gray" aria-label={`All of event ${event.position}`} aria-expanded={shown} onClick={() => setOpen(shown ? null : event.position)}>
                        {shown ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
                      </ActionIcon>
                      {event.position}
                    </Group>
                  </Table.Th>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>
                    <When ms={event.at_ms} />
                  </Table.Td>
                  <Table.Td>
                    {event.actor === "tidegate" ? (
                      <Text size="sm" c="dimmed">
                        by itself
                      </Text>
                    ) : (
                      <Link className="tg-link" to="/audit" search={(now) => ({ ...now, person: event.actor, before: undefined })} title={`Everything about ${event.actor}`}>
                        {event.actor}
                      </Link>
                    )}
                  </Table.Td>
                  <Table.Td className="tg-break" miw={240}>
                    {eventInWords(event)}
                  </Table.Td>
                  <Table.Td className="tg-break" miw={175}>
                    <Stream stream={event.stream} />
                  </Table.Td>
                  <Table.Td>{event.origin ?? <Text size="sm" c="dimmed">–</Text>}</Table.Td>
                </Table.Tr>
                {shown && (
                  <Table.Tr>
                    <Table.Td colSpan={COLUMNS}>
                      <Body event={event} />
                    </Table.Td>
                  </Table.Tr>
                )}
              </Fragment>
            );
          })}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Body({ event }: { event: TidegateEvent }) {
  return (
    <Stack gap={6}>
      <Group gap="md">
        <Text size="sm">
          Kind <code>{event.kind}</code>, number {event.version} of <code>{event.stream}</code>
        </Text>
        <Link className="tg-link" to="/audit" search={{ tab: "verify", position: String(event.position) }}>
          Prove that it is in the log
        </Link>
      </Group>
      <Code block tabIndex={0} style={{ maxHeight: 420, overflow: "auto" }}>
        {JSON.stringify(event.body, null, 2)}
      </Code>
    </Stack>
  );
}

/** Each thing that has a page of its own leads there. */
function Stream({ stream }: { stream: string }) {
  const [kind, ...rest] = stream.split("/");
  const id = rest.join("/");
  switch (kind) {
    case "release":
      return <Link className="tg-link" to="/releases/$version" params={{ version: id }}>{stream}</Link>;
    case "rollout":
      return <Link className="tg-link" to="/rollouts/$id" params={{ id }}>{stream}</Link>;
    case "flag":
      return <Link className="tg-link" to="/flags/$key" params={{ key: id }}>{stream}</Link>;
    case "slot":
      return <Link className="tg-link" to="/environments/$environment" params={{ environment: rest[0] ?? "" }}>{stream}</Link>;
    case "person":
      return <Link className="tg-link" to="/people/$person" params={{ person: id }}>{stream}</Link>;
    case "calendar":
      return <Link className="tg-link" to="/calendar">{stream}</Link>;
    case "webhooks":
      return <Link className="tg-link" to="/webhooks">{stream}</Link>;
    case "catalog":
      return <Link className="tg-link" to="/settings" search={{ tab: "configuration" }}>{stream}</Link>;
    default:
      return <>{stream}</>;
  }
}
