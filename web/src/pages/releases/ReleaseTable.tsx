// The list of releases: as many rows as are seen, whatever their number; older pages are read as one scrolls.
import { Badge, Group, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { memo, useEffect } from "react";
import { serverNow } from "@/live/clock";
import { Spacer, useRowsSeen } from "@/parts/RowsSeen";
import { ago, exact } from "@/parts/time";
import type { Row } from "./listed";
import { Stops } from "./Stops";

const ROW_PX = 46;
/** The next page is asked for when so many rows are left below. */
const AHEAD = 20;

export function ReleaseTable({ rows, rest, more }: { rows: Row[]; rest: boolean; more: () => Promise<void> }) {
  const { box, seen, above, below, measure } = useRowsSeen(rows.length, ROW_PX, (index) => rows[index]?.release.version ?? index);
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rest && last >= rows.length - AHEAD) void more();
  }, [rest, last, rows.length, more]);
  return (
    <div className="tg-scroll" ref={box} role="region" aria-label="Releases, as a table" tabIndex={0}>
      <Table aria-label="Releases" aria-rowcount={rest ? -1 : rows.length + 1} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Release</Table.Th>
            <Table.Th scope="col" visibleFrom="lg">Components</Table.Th>
            <Table.Th scope="col">How far it came</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">Made</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Spacer height={above} columns={4} />
          {seen.map(({ index, key }) => {
            const row = rows[index];
            return row && <ReleaseRow key={key} row={row} index={index} measure={measure} />;
          })}
          <Spacer height={below} columns={4} />
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  row: Row;
  index: number;
  measure: (element: HTMLElement | null) => void;
}

const ReleaseRow = memo(function ReleaseRow({ row: { release, stations, others }, index, measure }: RowProps) {
  const { version, kind, change, author, created_ms, components, notes } = release;
  return (
    <Table.Tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      <Table.Th scope="row" fw={400} style={{ verticalAlign: "top", minWidth: 130 }}>
        <Group gap={6}>
          <Link to="/releases/$version" params={{ version }} className="tg-link" style={{ fontWeight: 600 }}>
            {version}
          </Link>
          {kind === "hotfix" && <Badge color="orange" size="sm">hotfix</Badge>}
          {change !== undefined && change !== "normal" && <Badge color={change === "emergency" ? "red" : "gray"} size="sm">{change}</Badge>}
        </Group>
        {notes[0] && <Text size="xs" c="dimmed" lineClamp={1} maw={280}>{notes[0]}</Text>}
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {author}, <Made ms={created_ms} />
        </Text>
      </Table.Th>
      <Table.Td visibleFrom="lg" style={{ verticalAlign: "top" }}>
        <Text size="sm" maw={260} lineClamp={2}>{componentsInWords(components, version)}</Text>
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Stops stations={stations} others={others} />
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ verticalAlign: "top", whiteSpace: "nowrap" }}>
        <Text size="sm">
          <Made ms={created_ms} />
        </Text>
        <Text size="xs" c="dimmed">{author}</Text>
      </Table.Td>
    </Table.Tr>
  );
});

/** Without a clock and a tooltip of its own: there are many of them. */
function Made({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={exact(ms)}>
      {ago(ms, serverNow())}
    </time>
  );
}

function componentsInWords(components: Row["release"]["components"], release: string): string {
  const own = Object.entries(components).map(([name, { version }]) => (version === release ? name : `${name} ${version}`));
  return own.join(", ");
}
