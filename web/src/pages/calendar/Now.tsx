// What holds at this moment, on top: the answer most people come for.
import { Card, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconSnowflake, IconWindow } from "@tabler/icons-react";
import type { CalendarEntry } from "@/api/types";
import { Mark } from "@/parts/Mark";
import { Section } from "@/parts/Page";
import { Until } from "@/parts/When";
import { reachInWords } from "./words";

export function EntryMark({ entry: { kind, holds_now: now } }: { entry: Pick<CalendarEntry, "kind" | "holds_now"> }) {
  const tone = !now ? "quiet" : kind === "freeze" ? "warn" : "good";
  return <Mark sign={kind === "freeze" ? IconSnowflake : IconWindow} word={now ? `${kind}, holds now` : kind} tone={tone} />;
}

export function Now({ entries }: { entries: CalendarEntry[] }) {
  const holding = entries.filter((entry) => entry.holds_now);
  const windows = entries.some((entry) => entry.kind === "window");
  return (
    <Section title="Now">
      {holding.length === 0 ? (
        <Text size="sm">
          No freeze holds{windows ? ", and no window is open: what windows reach does not go forward until the next one." : "."}
        </Text>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
          {holding.map((entry) => (
            <Card key={entry.name}>
              <Stack gap={4}>
                <EntryMark entry={entry} />
                <Text fw={600} className="tg-break">
                  {entry.name}
                </Text>
                <Text size="sm" className="tg-break">
                  {entry.reason}
                </Text>
                <Text size="sm" c="dimmed">
                  Reaches {reachInWords(entry)}
                  {entry.next && (
                    <>
                      ; ends <Until ms={entry.next.until_ms} />
                    </>
                  )}
                </Text>
              </Stack>
            </Card>
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}
