// The list of flags: as many rows as are seen, whatever their number. What a flag gives is read for the rows that stay on
// the screen, since the list itself says only on or off.
import { Box, Group, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCalendarExclamation } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo, useEffect, useState } from "react";
import { flag as flagQuery } from "@/api/flags";
import type { Flag, FlagEnvironment } from "@/api/types";
import { serverNow } from "@/live/clock";
import { inBrief } from "@/pages/flag/words";
import type { Json } from "@/pages/flag/json";
import { Mark } from "@/parts/Mark";
import { Spacer, useRowsSeen } from "@/parts/RowsSeen";
import { ago, exact } from "@/parts/time";
import { KindBadge, LifeMarks, OnMark } from "./FlagMarks";
import { standsIn } from "./listed";

const ROW_PX = 58;
/** More have no column of their own each. */
const COLUMNS_MAX = 4;
/** Whoever scrolls past a row does not want to know. */
const SETTLED_MS = 250;

export function FlagTable({ flags, environments }: { flags: Flag[]; environments: string[] }) {
  const { box, seen, above, below, measure } = useRowsSeen(flags.length, ROW_PX, (index) => flags[index]?.key ?? index);
  const places = environments.length <= COLUMNS_MAX ? environments : [];
  const columns = places.length + 5;
  // As `md` of the theme: each row is drawn in one way, since there are many and they come quickly.
  const narrow = useMediaQuery("(max-width: 61.99em)", undefined, { getInitialValueInEffect: false });
  return (
    <div className="tg-scroll" ref={box} role="region" aria-label="Flags, as a table" tabIndex={0}>
      <Table aria-label="Flags" aria-rowcount={flags.length + 1} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Flag</Table.Th>
            {!narrow && places.map((place) => (
              <Table.Th scope="col" key={place}>{place}</Table.Th>
            ))}
            {!narrow && places.length === 0 && <Table.Th scope="col">How it stands</Table.Th>}
            <Table.Th scope="col" visibleFrom="lg">Owner</Table.Th>
            <Table.Th scope="col" visibleFrom="lg">Removal</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Spacer height={above} columns={columns} />
          {seen.map(({ index, key }) => {
            const one = flags[index];
            return one && <FlagRow key={key} flag={one} places={places} all={environments} narrow={narrow} index={index} measure={measure} />;
          })}
          <Spacer height={below} columns={columns} />
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  flag: Flag;
  /** Those with a column. */
  places: string[];
  all: string[];
  narrow: boolean;
  index: number;
  measure: (element: HTMLElement | null) => void;
}

const FlagRow = memo(function FlagRow({ flag, places, all, narrow, index, measure }: RowProps) {
  const { key, kind, owner, description, remove_by_ms: removeBy, environments } = flag;
  const briefs = useBriefs(flag);
  const last = [...environments].sort((one, other) => other.changed_ms - one.changed_ms)[0];
  // A list of chips where there is no room for columns; environments that it is defined in only.
  const chips = !narrow && places.length > 0 ? [] : all.flatMap((environment) => {
    const stands = standsIn(flag, environment);
    return stands ? [<Chip key={environment} stands={stands} brief={briefs.get(environment)} />] : [];
  });
  const none = <Text size="sm" c="dimmed">defined nowhere</Text>;
  return (
    <Table.Tr ref={measure} data-index={index} aria-rowindex={index + 2}>
      <Table.Th scope="row" fw={400} style={{ verticalAlign: "top" }} miw={200}>
        <Group gap={6} style={{ rowGap: 2 }}>
          <Link to="/flags/$key" params={{ key }} className="tg-link tg-break" style={{ fontWeight: 600 }}>
            {key}
          </Link>
          <KindBadge kind={kind} />
          <LifeMarks flag={flag} />
        </Group>
        {description && <Text size="xs" c="dimmed" lineClamp={2} maw={360}>{description}</Text>}
        {narrow && (
          <Stack gap={2} mt={4}>
            {chips.length === 0 ? none : chips}
            <Text size="xs" c="dimmed" hiddenFrom="sm">
              {[owner, `changed ${ago(flag.changed_ms, serverNow())}`].filter(Boolean).join(", ")}
            </Text>
          </Stack>
        )}
      </Table.Th>
      {!narrow && places.map((place) => {
        const stands = standsIn(flag, place);
        return (
          <Table.Td key={place} style={{ verticalAlign: "top" }}>
            <OnMark stands={stands} />
            {stands && <Text size="xs" c="dimmed" lineClamp={2} maw={190} title={briefs.get(place)}>{briefs.get(place) ?? "…"}</Text>}
          </Table.Td>
        );
      })}
      {!narrow && places.length === 0 && (
        <Table.Td style={{ verticalAlign: "top" }}>
          {chips.length === 0 ? none : <Group gap="sm" style={{ rowGap: 2 }}>{chips}</Group>}
        </Table.Td>
      )}
      <Table.Td visibleFrom="lg" style={{ verticalAlign: "top" }}>
        <Text size="sm" lineClamp={2} maw={160}>{owner ?? "–"}</Text>
      </Table.Td>
      <Table.Td visibleFrom="lg" style={{ verticalAlign: "top", whiteSpace: "nowrap" }}>
        <Removal ms={removeBy ?? null} />
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ verticalAlign: "top", whiteSpace: "nowrap" }}>
        <Text size="sm">
          <Moment ms={flag.changed_ms} />
        </Text>
        <Text size="xs" c="dimmed">{last && last.changed_ms >= flag.changed_ms - 1000 ? `${last.changed_by}, ${last.environment}` : ""}</Text>
      </Table.Td>
    </Table.Tr>
  );
});

function Chip({ stands, brief }: { stands: FlagEnvironment; brief: string | undefined }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" span>{stands.environment}</Text>
      <OnMark stands={stands} />
      {brief && <Text size="xs" c="dimmed" span lineClamp={1}>{brief}</Text>}
    </Group>
  );
}

export function Removal({ ms }: { ms: number | null }) {
  if (ms === null) return <Text size="sm" c="dimmed">–</Text>;
  const day = new Date(ms).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
  return ms < serverNow() ? <Box title={`since ${exact(ms)}`}><Mark sign={IconCalendarExclamation} word={`overdue, ${day}`} tone="bad" /></Box> : <Text size="sm" span title={exact(ms)}>{day}</Text>;
}

/** Without a clock and a tooltip of its own: there are many of them. */
function Moment({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={exact(ms)}>
      {ago(ms, serverNow())}
    </time>
  );
}

/** By environment; empty until the row has stayed on the screen. */
function useBriefs({ key, environments }: Flag): ReadonlyMap<string, string> {
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(true), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, []);
  const whole = useQuery({ ...flagQuery(key), enabled: settled && environments.length > 0 });
  return new Map((whole.data?.environments ?? []).flatMap(({ environment, definition }) => (definition ? [[environment, inBrief(definition as Json)] as const] : [])));
}
