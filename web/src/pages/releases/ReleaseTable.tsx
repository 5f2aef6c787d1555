// The list of releases: as many rows as are seen, whatever their number; older pages are read as one scrolls.
import { Badge, Group, Table, Text } from "@mantine/core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { Link } from "@tanstack/react-router";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { serverNow } from "@/live/clock";
import { ago, exact } from "@/parts/time";
import type { Row } from "./listed";
import { Stops } from "./Stops";

const ROW_PX = 46;
/** The next page is asked for when so many rows are left below. */
const AHEAD = 20;

export function ReleaseTable({ rows, rest, more }: { rows: Row[]; rest: boolean; more: () => Promise<void> }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(box.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: 4,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.release.version ?? index,
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rest && last >= rows.length - AHEAD) void more();
  }, [rest, last, rows.length, more]);
  const above = (seen[0]?.start ?? top) - top;
  const below = virtual.getTotalSize() - ((seen.at(-1)?.end ?? top) - top);
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
          {above > 0 && <Spacer height={above} />}
          {seen.map(({ index, key }) => {
            const row = rows[index];
            return row && <ReleaseRow key={key} row={row} index={index} measure={virtual.measureElement} />;
          })}
          {below > 0 && <Spacer height={below} />}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={4} style={{ height, padding: 0, border: 0 }} />
    </tr>
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
