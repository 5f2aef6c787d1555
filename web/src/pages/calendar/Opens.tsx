// Releases that will move by themselves at a known time: planned, without anybody having to plan it.
import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Why } from "@/api/types";
import { Section } from "@/parts/Page";
import { exact } from "@/parts/time";
import { Scroll } from "@/parts/Scroll";
import { Until } from "@/parts/When";

export function Opens({ whys }: { whys: Why[] }) {
  const known = whys.filter((why) => why.opens_ms != null).toSorted((a, b) => (a.opens_ms ?? 0) - (b.opens_ms ?? 0));
  if (known.length === 0) return null;
  return (
    <Section title="Opens by itself">
      <Scroll label="What opens by itself, scrolls">
        <Table aria-label="Releases that open by themselves">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Release</Table.Th>
              <Table.Th scope="col">Before</Table.Th>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col">What keeps it</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {known.map((why) => (
              <Table.Tr key={`${why.release} ${why.environment}`}>
                <Table.Th scope="row">
                  <Link className="tg-link" to="/releases/$version" params={{ version: why.release }}>
                    {why.release}
                  </Link>
                </Table.Th>
                <Table.Td>{why.environment}</Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>
                  {exact(why.opens_ms ?? 0)} (<Until ms={why.opens_ms ?? 0} />)
                </Table.Td>
                <Table.Td miw={240}>{why.why}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Section>
  );
}
