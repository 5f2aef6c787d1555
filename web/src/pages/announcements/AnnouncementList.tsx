// Everything that was told and is planned, the newest change first.
import { Autocomplete, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { announcements } from "@/api/announcements";
import { releases } from "@/api/queries";
import type { Announcement } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { AnnouncementMark, Arrived } from "./AnnouncementMark";
import { occasionLabel, whenWords } from "./words";

export function ReleaseFilter({ release, put }: { release: string | undefined; put: (change: Record<string, string | undefined>) => void }) {
  const [typed, setTyped] = useState(release ?? "");
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const ask = (version: string) => put({ release: version.trim() || undefined, before: undefined });
  return (
    <Autocomplete
      label="Release" placeholder="all" data={versions} limit={20} w={190} value={typed}
      onChange={(value) => {
        setTyped(value);
        if (value === "" || versions.includes(value)) ask(value);
      }}
      onBlur={() => ask(typed)}
      onKeyDown={(event) => {
        if (event.key === "Enter") ask(typed);
      }}
    />
  );
}

export function AnnouncementList({ release, put }: { release: string | undefined; put: (change: Record<string, string | undefined>) => void }) {
  const all = useQuery(announcements(release));
  return (
    <Stack gap="md">
      <Group><ReleaseFilter release={release} put={put} /></Group>
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={release === undefined ? "Nothing is announced yet" : `Nothing is announced of ${release}`} command="tidegate announce schedule 2.1.0 --to users --env production">
              Users who know when something changes, and for how long nothing answers, are not surprised by it.
            </Empty>
          ) : (
            <Scroll label="Announcements, as a table">
              <Table aria-label="Announcements" highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Announcement</Table.Th>
                    <Table.Th scope="col">State</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">To</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Arrived</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>{items.map((one) => <Row key={one.id} one={one} />)}</Table.Tbody>
              </Table>
            </Scroll>
          )
        }
      </Read>
    </Stack>
  );
}

function Row({ one }: { one: Announcement }) {
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400}>
        <Link className="tg-link tg-break" style={{ fontWeight: 600 }} to="/announcements/$announcement" params={{ announcement: one.id }}>{one.subject || `${occasionLabel(one.occasion)} of ${one.release}`}</Link>
        <Text size="xs" c="dimmed" className="tg-break">{occasionLabel(one.occasion)} of {one.release}<Text span inherit hiddenFrom="sm">, to {one.audience}</Text></Text>
      </Table.Th>
      <Table.Td>
        <AnnouncementMark state={one.state} />
        <Text size="xs" c="dimmed"><Moment of={one} /></Text>
        <Text component="div" size="xs" hiddenFrom="sm"><Arrived of={one} /></Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{one.audience}</Table.Td>
      <Table.Td visibleFrom="sm"><Arrived of={one} /></Table.Td>
    </Table.Tr>
  );
}

/** When it was told, or is going to be. */
export function Moment({ of: { state, when, at_ms: at, told_ms: told, cancelled } }: { of: Announcement }) {
  if (told != null) return <When ms={told} />;
  if (state === "cancelled") return <>{cancelled}</>;
  if (when) return <>{whenWords(when)}</>;
  return at == null ? null : <When ms={at} />;
}
