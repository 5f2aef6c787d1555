// The deployments that a number comes from, the newest first, each with why it counts.
import { Button, Group, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { measureRows, type Asks } from "@/api/measures";
import type { MeasuredRows, MeasureRow } from "@/api/types";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { causeWords, leadWords, length, NAMES } from "./words";

interface RowsProps {
  of: MeasuredRows;
  asks: Asks;
  /** Where the page of rows begins; the newest where absent. */
  after: string | undefined;
  go: (after: string | undefined) => void;
  close: () => void;
}

export function Rows({ of, asks, after, go, close }: RowsProps) {
  const read = useQuery(measureRows(of, asks, after));
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const title = of === "errors" ? "Rows with times that contradict each other" : `Rows of: ${NAMES[of]}`;
  return (
    <div ref={box}>
      <Section title={title} aside={<Button size="xs" variant="default" leftSection={<IconX size={14} aria-hidden />} onClick={close}>Close the rows</Button>}>
        <Read of={read}>
          {({ items, next }) => (
            <>
              {items.length === 0 ? (
                <Text size="sm" c="dimmed">No row.</Text>
              ) : (
                <Scroll label={`${title}, as a table`}>
                  <Table aria-label={title} highlightOnHover>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th scope="col">Rollout</Table.Th>
                        <Table.Th scope="col">How it ended</Table.Th>
                        <Table.Th scope="col">What it counts for</Table.Th>
                        <Table.Th scope="col">Lead times</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>{items.map((row) => <Row key={row.rollout} row={row} />)}</Table.Tbody>
                  </Table>
                </Scroll>
              )}
              {(after !== undefined || next != null) && (
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={after === undefined} onClick={() => go(undefined)}>Newest</Button>
                  <Button size="xs" variant="default" disabled={next == null} onClick={() => go(next ?? undefined)}>Older</Button>
                </Group>
              )}
            </>
          )}
        </Read>
      </Section>
    </div>
  );
}

function Row({ row }: { row: MeasureRow }) {
  const { rollout, release, environment, components, teams, kind, outcome, finished_ms: finished, failed, restored, errors } = row;
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400}>
        <Link to="/rollouts/$id" params={{ id: rollout }} className="tg-link" style={{ fontWeight: 600 }}>{release} in {environment}</Link>
        <Text size="xs" c="dimmed" className="tg-break">{[kind, components.join(", "), teams.join(", ")].filter(Boolean).join(" · ")}</Text>
      </Table.Th>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Mark sign={outcome === "succeeded" ? IconCheck : IconArrowBackUp} word={outcome === "succeeded" ? "succeeded" : "rolled back"} tone={outcome === "succeeded" ? "good" : "bad"} />
        <Text size="xs" c="dimmed"><When ms={finished} every={60_000} /></Text>
      </Table.Td>
      <Table.Td>
        {failed.length === 0 ? <Text size="sm">a deployment{kind === "planned" ? "" : ", unplanned"}</Text> : failed.map((cause, index) => <Text key={index} size="sm" className="tg-break">failed: {cause.kind === "incident" && cause.id != null ? <Link className="tg-link" to="/incidents/$incident" params={{ incident: cause.id }}>incident {cause.id}</Link> : causeWords(cause)}</Text>)}
        {restored && <Text size="xs" c="dimmed" className="tg-break">restored after {length(restored.after_ms)}: {causeWords(restored.by)}</Text>}
        {errors.map((error) => <Text key={error} size="xs" c="var(--tg-bad)" className="tg-break">{error}</Text>)}
      </Table.Td>
      <Table.Td><Text size="xs" className="tg-break">{leadWords(row)}</Text></Table.Td>
    </Table.Tr>
  );
}
