// The messages to one receiver: what became of each, when it is tried again, what was answered; and sending again.
import { Button, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconCheck, IconClock, IconRefresh, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { deliveries, useOld } from "@/api/keeping";
import type { Delivery, Webhook } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count, milliseconds } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { Until, When } from "@/parts/When";
import { useDeliveriesSoon } from "./soon";

const STATES = {
  waiting: { sign: IconClock, word: "waiting", tone: "warn" },
  delivered: { sign: IconCheck, word: "delivered", tone: "good" },
  dead: { sign: IconX, word: "given up", tone: "bad" },
} as const;

/** As many more at a time. */
const SHOWN = 200;

export function Deliveries({ webhook: { name, dead }, state: named }: { webhook: Webhook; state: string | undefined }) {
  const go = useNavigate({ from: "/webhooks/$name" });
  const state = named === "waiting" || named === "delivered" || named === "dead" ? named : undefined;
  const all = useQuery(deliveries(name, state));
  const [shown, setShown] = useState(SHOWN);
  const due = all.data?.items.flatMap(({ next_ms: next }) => (next == null ? [] : [next])) ?? [];
  useDeliveriesSoon(due.length === 0 ? null : Math.min(...due));
  return (
    <Section
      title="Deliveries"
      aside={
        <Group gap="xs">
          {dead > 0 && <Replay name={name} dead={dead} />}
          <SegmentedControl
            size="xs" aria-label="State" value={state ?? "all"} onChange={(to) => void go({ search: { state: to === "all" ? undefined : to } })}
            data={[{ value: "all", label: "All" }, { value: "waiting", label: "Waiting" }, { value: "dead", label: "Given up" }, { value: "delivered", label: "Delivered" }]}
          />
        </Group>
      }
    >
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={state === undefined ? "Nothing was sent yet" : `No delivery is ${STATES[state].word}`}>
              {state === undefined && "The next event that it wants is told at once. Send a test to see whether it is reached."}
            </Empty>
          ) : (
            <Stack gap={4}>
              <Found items={items.slice(0, shown)} name={name} />
              {items.length > shown && (
                <Group gap="sm">
                  <Text size="sm" c="dimmed">
                    The newest {shown} of {items.length.toLocaleString()}.
                  </Text>
                  <Button size="xs" variant="default" onClick={() => setShown(shown + SHOWN)}>
                    Show {Math.min(SHOWN, items.length - shown)} more
                  </Button>
                </Group>
              )}
            </Stack>
          )
        }
      </Read>
    </Section>
  );
}

function Found({ items, name }: { items: Delivery[]; name: string }) {
  return (
    <Scroll label="Deliveries, scrolls">
      <Table aria-label={`Deliveries to ${name}`} miw={860}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Attempts</Table.Th>
            <Table.Th scope="col">It answered</Table.Th>
            <Table.Th scope="col">Took</Table.Th>
            <Table.Th scope="col">Next try</Table.Th>
            <Table.Th scope="col">Again</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} name={name} />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Row({ delivery: { id, position, kind, state, attempts, attempted_ms: at, next_ms: next, status, said, failure, duration_ms: took }, name }: { delivery: Delivery; name: string }) {
  const answered = status != null ? String(status) : (failure ?? "–");
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <span title={id}>{kind}</span>
        <Text size="xs" c="dimmed">
          event {position}
        </Text>
      </Table.Th>
      <Table.Td>
        <Mark {...STATES[state]} />
      </Table.Td>
      <Table.Td>
        {attempts}
        {at != null && (
          <Text size="xs" c="dimmed">
            <When ms={at} />
          </Text>
        )}
      </Table.Td>
      <Table.Td className="tg-break" maw={320}>
        {answered}
        {said && (
          <Text size="xs" c="dimmed" lineClamp={3}>
            {said}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{took == null ? "–" : milliseconds(took)}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{next == null ? "–" : <Until ms={next} />}</Table.Td>
      <Table.Td>
        <Replay name={name} delivery={id} />
      </Table.Td>
    </Table.Tr>
  );
}

function Replay({ name, delivery, dead = 0 }: { name: string; delivery?: string; dead?: number }) {
  const old = useOld();
  const all = delivery === undefined;
  return (
    <Confirm
      label={all ? "Send all given up again" : "Send again"} icon={<IconRefresh size={14} aria-hidden />} title={all ? `Send ${count(dead, "message")} to ${name} again` : `Send a message to ${name} again`}
      consequences={[all ? `Each of the ${count(dead, "message")} that were given up is tried anew, from the first attempt on.` : "It is sent at once, under the same id: a receiver that has seen it keeps one."]}
      done="It is on its way." button={{ size: "xs" }}
      act={async () => {
        await api.POST("/api/v1/webhooks/{name}/replay", { params: { path: { name } }, body: { delivery: delivery ?? null } });
        await old(["deliveries", name], ["webhook", name], ["webhooks"]);
        // When it was most likely answered.
        window.setTimeout(() => void old(["deliveries", name], ["webhook", name], ["webhooks"]), 1_500);
      }}
    />
  );
}
