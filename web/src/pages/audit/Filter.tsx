// What to look for in the audit trail; it goes into the address when it is asked for, so that it can be shared.
import { Autocomplete, Button, Group, NativeSelect, SimpleGrid, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { catalog } from "@/api/queries";
import { EVENT_KINDS } from "@/parts/eventWords";

export type Words = Record<string, string | undefined>;

const KINDS = [...new Set(EVENT_KINDS.map((kind) => `${kind.split(".", 1)[0]}.*`)), ...EVENT_KINDS];
const EMPTY = { person: "", release: "", environment: "", kind: "", since: "", until: "" };

export function Filter({ filter }: { filter: Words }) {
  const go = useNavigate({ from: "/audit" });
  const { data } = useQuery(catalog());
  const [said, setSaid] = useState(EMPTY);
  const { person = "", release = "", environment = "", kind = "", since_ms: since, until_ms: until } = filter;
  useEffect(() => setSaid({ person, release, environment, kind, since: local(since), until: local(until) }), [person, release, environment, kind, since, until]);
  const set = (change: Partial<typeof EMPTY>) => setSaid((before) => ({ ...before, ...change }));
  const ask = (now: typeof EMPTY) =>
    void go({
      search: ({ tab }) => ({
        tab, person: now.person.trim() || undefined, release: now.release.trim() || undefined, environment: now.environment || undefined,
        kind: now.kind.trim() || undefined, since_ms: instant(now.since), until_ms: instant(now.until),
      }),
    });
  return (
    <form
      role="search" aria-label="The audit trail"
      onSubmit={(event) => {
        event.preventDefault();
        ask(said);
      }}
    >
      <SimpleGrid cols={{ base: 2, md: 3, xl: 6 }} spacing="xs">
        <TextInput label="Person" placeholder="who did it, or about whom" value={said.person} onChange={(event) => set({ person: event.currentTarget.value })} />
        <TextInput label="Release" placeholder="2.1.0" value={said.release} onChange={(event) => set({ release: event.currentTarget.value })} />
        <NativeSelect label="Environment" value={said.environment} onChange={(event) => set({ environment: event.currentTarget.value })} data={[{ value: "", label: "all" }, ...(data?.environments.map(({ name }) => name) ?? [])]} />
        <Autocomplete label="Kind" placeholder="release.*" data={KINDS} limit={30} value={said.kind} onChange={(value) => set({ kind: value })} />
        <TextInput type="datetime-local" label="From" value={said.since} onChange={(event) => set({ since: event.currentTarget.value })} />
        <TextInput type="datetime-local" label="Until" value={said.until} onChange={(event) => set({ until: event.currentTarget.value })} />
      </SimpleGrid>
      <Group gap="xs" mt="xs">
        <Button type="submit" size="xs" leftSection={<IconSearch size={14} aria-hidden />}>
          Search
        </Button>
        {Object.values(filter).some((value) => value !== undefined) && (
          <Button variant="default" size="xs" leftSection={<IconX size={14} aria-hidden />} onClick={() => ask(EMPTY)}>
            Everything
          </Button>
        )}
      </Group>
    </form>
  );
}

/** What the browser's field understands, in the reader's zone. */
function local(ms: string | undefined): string {
  if (ms === undefined || !/^\d+$/.test(ms)) return "";
  const at = new Date(Number(ms));
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instant(text: string): string | undefined {
  const ms = new Date(text).getTime();
  return text === "" || Number.isNaN(ms) ? undefined : String(ms);
}
