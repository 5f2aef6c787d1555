// Rollouts that ended, newest change first, a page at a time.
import { Button, Group, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, got } from "@/api/client";
import type { Rollout } from "@/api/types";
import { titleOf } from "@/pages/rollout/consequences";
import { RolloutMark } from "@/parts/Mark";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { span } from "@/parts/time";
import { When } from "@/parts/When";
import { isMoving } from "./useMoving";

const PAGE = 50;

interface MovedProps {
  environment: string;
  state: string;
  before: string | undefined;
  /** Undefined goes to the first page. */
  go: (before: string | undefined) => void;
}

export function MovedTable({ environment, state, before, go }: MovedProps) {
  const query = {
    limit: PAGE,
    ...(environment === "" ? {} : { environment }),
    ...(state === "" ? {} : { state: state as Rollout["state"] }),
    ...(before === undefined ? {} : { before: Number(before) }),
  };
  const read = useQuery({ queryKey: ["rollouts", query], queryFn: () => got(api.GET("/api/v1/rollouts", { params: { query } })), placeholderData: (known) => known });
  return (
    <Read of={read}>
      {({ items, next }) => {
        const ended = items.filter((rollout) => !isMoving(rollout));
        if (ended.length === 0 && next == null && before === undefined)
          return (
            <Empty title="Nothing has moved yet" command="tidegate deploy 1.0.0 --to production">
              A rollout brings one release into one environment, step by step. What ended stands here, and can be played again.
            </Empty>
          );
        return (
          <>
            <Scroll label="Rollouts that ended">
              <Table aria-label="Rollouts that ended" highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">Rollout</Table.Th>
                    <Table.Th scope="col">How it ended</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Started</Table.Th>
                    <Table.Th scope="col" visibleFrom="sm">Took</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>{ended.map((rollout) => <Row key={rollout.id} rollout={rollout} />)}</Table.Tbody>
              </Table>
            </Scroll>
            {(before !== undefined || next != null) && (
              <Group gap="xs">
                <Button size="xs" variant="default" disabled={before === undefined} onClick={() => go(undefined)}>Newest</Button>
                <Button size="xs" variant="default" disabled={next == null} onClick={() => go(String(next))}>Older</Button>
              </Group>
            )}
          </>
        );
      }}
    </Read>
  );
}

function Row({ rollout }: { rollout: Rollout }) {
  const { id, strategy, state, cause, started_by, started_ms, changed_ms } = rollout;
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400}>
        <Link to="/rollouts/$id" params={{ id }} className="tg-link" style={{ fontWeight: 600 }}>
          {titleOf(rollout)}
        </Link>
        <Text size="xs" c="dimmed">{strategy} by {started_by}</Text>
      </Table.Th>
      <Table.Td>
        <RolloutMark state={state} />
        {cause && <Text size="sm" className="tg-break">{cause}</Text>}
        <Text size="xs" c="dimmed" hiddenFrom="sm"><When ms={changed_ms} every={60_000} /></Text>
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}><When ms={started_ms} every={60_000} /></Table.Td>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>{span(changed_ms - started_ms)}</Table.Td>
    </Table.Tr>
  );
}
