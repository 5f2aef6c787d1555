// The charts' numbers as a table, behind a disclosure: for screen readers, for copying, for whoever trusts numbers more.
import { Table, Text } from "@mantine/core";
import { useState } from "react";
import { milliseconds, odds, rate, share } from "@/parts/figures";
import { Scroll } from "@/parts/Scroll";
import { clock } from "@/parts/time";
import type { Point } from "./analysis";
import { perSecondInWords } from "./plots";

const ROWS_MAX = 40;

export function Figures({ points }: { points: readonly Point[] }) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary style={{ cursor: "pointer" }}>
        <Text span size="sm">The same as a table</Text>
      </summary>
      {opened && <Rows points={points} />}
    </details>
  );
}

function Rows({ points }: { points: readonly Point[] }) {
  const every = Math.ceil(points.length / ROWS_MAX);
  const rows = points.filter((_, index) => (points.length - 1 - index) % every === 0).reverse();
  return (
    <Scroll label="Measurements">
      <Table aria-label="Measurements, newest first" verticalSpacing={4} fz="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Time</Table.Th>
            <Table.Th scope="col">Share</Table.Th>
            <Table.Th scope="col">Failed: stable</Table.Th>
            <Table.Th scope="col">candidate</Table.Th>
            <Table.Th scope="col">p50 / p90 / p99: stable</Table.Th>
            <Table.Th scope="col">candidate</Table.Th>
            <Table.Th scope="col">Requests: stable</Table.Th>
            <Table.Th scope="col">candidate</Table.Th>
            <Table.Th scope="col">Harm</Table.Th>
            <Table.Th scope="col">Good enough</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ atMs, weight, stable, candidate, harm, promotion }) => (
            <Table.Tr key={atMs} style={{ whiteSpace: "nowrap" }}>
              <Table.Th scope="row" fw={400}>{clock(atMs)}</Table.Th>
              <Table.Td>{share(weight)}</Table.Td>
              <Table.Td>{rate(stable.errorRate)}</Table.Td>
              <Table.Td>{rate(candidate.errorRate)}</Table.Td>
              <Table.Td>{[stable.p50, stable.p90, stable.p99].map(milliseconds).join(" / ")}</Table.Td>
              <Table.Td>{[candidate.p50, candidate.p90, candidate.p99].map(milliseconds).join(" / ")}</Table.Td>
              <Table.Td>{perSecondInWords(stable.perSecond)}</Table.Td>
              <Table.Td>{perSecondInWords(candidate.perSecond)}</Table.Td>
              <Table.Td>{odds(harm)}</Table.Td>
              <Table.Td>{odds(promotion)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
