// All entries with everything that was said about them: the truth, of which the grid is a picture.
import { Group, Stack, Table, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { CalendarEntry } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { exact } from "@/parts/time";
import { Scroll } from "@/parts/Scroll";
import { Until } from "@/parts/When";
import { EntryForm } from "./EntryForm";
import { EntryMark } from "./Now";
import { reachInWords, whenInWords } from "./words";

export function Entries({ entries }: { entries: CalendarEntry[] }) {
  const edits = useMay()("edit-calendar");
  const sorted = entries.toSorted((a, b) => Number(b.holds_now) - Number(a.holds_now) || (a.next?.from_ms ?? Infinity) - (b.next?.from_ms ?? Infinity));
  return (
    <Scroll label="Freezes and windows, scrolls">
      <Table aria-label="Freezes and windows" miw={900} layout="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Name</Table.Th>
            <Table.Th scope="col">When</Table.Th>
            <Table.Th scope="col">Reaches</Table.Th>
            <Table.Th scope="col">Next</Table.Th>
            {edits && <Table.Th scope="col">Change</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((entry) => (
            <Table.Tr key={entry.name}>
              <Table.Th scope="row" style={{ verticalAlign: "top" }}>
                <Stack gap={2}>
                  <span className="tg-break">{entry.name}</span>
                  <EntryMark entry={entry} />
                  <Text size="sm" c="dimmed" className="tg-break">
                    {entry.reason}
                  </Text>
                </Stack>
              </Table.Th>
              <Table.Td style={{ verticalAlign: "top" }}>
                {whenInWords(entry)}
                <Text size="xs" c="dimmed">
                  {entry.zone}
                  {entry.rule != null && (
                    <>
                      {" "}
                      · <code>{entry.rule}</code>
                    </>
                  )}
                </Text>
              </Table.Td>
              <Table.Td style={{ verticalAlign: "top" }}>{reachInWords(entry)}</Table.Td>
              <Table.Td style={{ verticalAlign: "top" }}>
                <Next entry={entry} />
              </Table.Td>
              {edits && (
                <Table.Td style={{ verticalAlign: "top" }}>
                  {entry.feed ? (
                    <Text size="sm" c="dimmed">
                      from the feed {entry.feed}: import it again to change it
                    </Text>
                  ) : (
                    <Group gap="xs" wrap="nowrap">
                      <EntryForm entry={entry} />
                      <Remove entry={entry} />
                    </Group>
                  )}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Next({ entry: { next, holds_now: now } }: { entry: CalendarEntry }) {
  if (!next) return <Text size="sm" c="dimmed">is over</Text>;
  return (
    <>
      {now ? "ends " : "begins "}
      <Until ms={now ? next.until_ms : next.from_ms} />
      <Text size="xs" c="dimmed">
        {exact(next.from_ms)} to {exact(next.until_ms)}
      </Text>
    </>
  );
}

function Remove({ entry: { name, kind, holds_now: now } }: { entry: CalendarEntry }) {
  const old = useOld();
  return (
    <Confirm
      label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Remove the ${kind} ${name}`} done={`The ${kind} ${name} is removed.`} button={{ size: "xs" }}
      consequences={[
        now && kind === "freeze" ? "It holds now: what it keeps may go on at once, by itself where a stage takes releases by itself." : "It holds no more, and does not come back.",
        kind === "window" ? "Where no window is left, things may go forward at any time." : "That it was set stays in the audit trail.",
      ]}
      act={async () => {
        await api.DELETE("/api/v1/calendar/{name}", { params: { path: { name } } });
        await old(["calendar"], ["why"]);
      }}
    />
  );
}
