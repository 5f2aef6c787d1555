// Work that should be done by each day and work that is: as a chart, and as a table for whoever does not see it.
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { planProgress } from "@/api/plans";
import type { PlanProgress } from "@/api/types";
import { Chart, type Line } from "@/pages/rollout/Chart";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";

const LINES: readonly Line[] = [
  { label: "planned", colour: "quiet", dash: [6, 4], stepped: true },
  { label: "done", colour: "good", width: 2, stepped: true, dots: true },
];
const DAY_SECONDS = 86_400;

const secondsOf = (day: string): number => Date.parse(`${day}T12:00:00Z`) / 1000;

export function Progress({ version }: { version: string }) {
  const read = useQuery(planProgress(version));
  return <Read of={read}>{(found) => (found.total_days === 0 ? null : <Shown found={found} />)}</Read>;
}

function Shown({ found }: { found: PlanProgress }) {
  const { points, days, total_days, planned_days, done_days, today } = found;
  const data = useMemo(
    () => [points.map(({ day }) => secondsOf(day)), points.map(({ planned }) => planned), points.map(({ done }) => done ?? null)] as [number[], number[], (number | null)[]],
    [points],
  );
  const range = useMemo(() => {
    const seconds = data[0];
    return [(seconds[0] ?? 0) - DAY_SECONDS, (seconds.at(-1) ?? 0) + DAY_SECONDS] as const;
  }, [data]);
  const summary = `${done_days} of ${total_days} days of work are done on ${today}; ${planned_days} were planned by then.`;
  return (
    <Section title="Progress against the plan">
      <Stack gap="sm">
        <Text size="sm">{summary}</Text>
        <Chart title="Days of work" lines={LINES} data={data} range={range} format={(value) => `${value} d`} least={total_days} markers={[]} sync="plan-progress" summary={summary} />
        <Scroll label="Progress day by day, scrolls">
          <Table aria-label="Progress day by day">
            <Table.Thead>
              <Table.Tr>{["Day", "Scope done", "Manual tests passed", "Activities done"].map((name) => <Table.Th scope="col" key={name}>{name}</Table.Th>)}</Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {days.map((one) => (
                <Table.Tr key={one.day}>
                  <Table.Th scope="row">{one.day}</Table.Th>
                  <Table.Td>{one.scope_done} of {one.scope}</Table.Td>
                  <Table.Td>{one.tests_passed} of {one.tests}</Table.Td>
                  <Table.Td>{one.activities_done} of {one.activities}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      </Stack>
    </Section>
  );
}
