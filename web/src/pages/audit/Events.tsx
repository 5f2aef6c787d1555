// What happened, newest first, page by page; the filter and the page stand in the address.
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { auditEvents } from "@/api/keeping";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { EventTable } from "./EventTable";
import { Filter, type Words } from "./Filter";

const number = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined);

export function Events({ filter }: { filter: Words }) {
  const { person, release, environment, kind, since_ms: since, until_ms: until, before } = filter;
  const found = useQuery(auditEvents({ person, release, environment, kind, since_ms: number(since), until_ms: number(until), before: number(before) }));
  return (
    <Stack>
      <Filter filter={filter} />
      <Read of={found}>
        {({ items, next }) => (
          <Stack gap="xs" aria-busy={found.isPlaceholderData}>
            {items.length === 0 ? (
              <Empty title="Nothing like that happened">Take a part of the filter away, or widen its time.</Empty>
            ) : (
              <EventTable events={items} />
            )}
            <Group justify="space-between">
              <Text size="sm" c="dimmed">
                {before === undefined ? "The newest; new ones come in by themselves." : `Before event ${before}.`}
              </Text>
              <Group gap="xs">
                {before !== undefined && (
                  <Button renderRoot={(props) => <Link to="/audit" search={(now) => ({ ...now, before: undefined })} {...props} />} variant="default" size="xs" leftSection={<IconChevronLeft size={14} aria-hidden />}>
                    Newest
                  </Button>
                )}
                {next != null && items.length > 0 && (
                  <Button renderRoot={(props) => <Link to="/audit" search={(now) => ({ ...now, before: String(next) })} {...props} />} variant="default" size="xs" rightSection={<IconChevronRight size={14} aria-hidden />}>
                    Older
                  </Button>
                )}
              </Group>
            </Group>
          </Stack>
        )}
      </Read>
    </Stack>
  );
}
