// One announcement: its words as they went out or would now, when and to whom, and what became of each delivery.
import { Button, Card, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { IconBan, IconCheck, IconClock, IconRefresh, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { announcement as announcementQuery, announcementDeliveries } from "@/api/announcements";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { Announcement, AnnouncementDelivery } from "@/api/types";
import { AnnouncementMark, Arrived } from "@/pages/announcements/AnnouncementMark";
import { occasionLabel, whenWords } from "@/pages/announcements/words";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { exact } from "@/parts/time";
import { Until, When } from "@/parts/When";

export function AnnouncementPage() {
  const { announcement: id } = useParams({ from: "/known/announcements/$announcement" });
  const one = useQuery(announcementQuery(id));
  const acts = useMay()("edit-calendar");
  const known = one.data;
  return (
    <Page
      title={known?.subject || "Announcement"}
      marks={known && <AnnouncementMark state={known.state} />}
      lead={known && <>{occasionLabel(known.occasion)} of <Link className="tg-link" to="/releases/$version" params={{ version: known.release }}>{known.release}</Link>, to {known.audience}</>}
      actions={known && acts && known.state !== "cancelled" && <Cancel one={known} />}
    >
      <Read of={one}>
        {(shown) => (
          <Stack gap="xl">
            <Facts of={facts(shown)} />
            <Section title={shown.told_ms == null ? "As it would read now" : "As it went out"}>
              <Card>
                <Text fw={600} className="tg-break">{shown.subject}</Text>
                <Text size="sm" mt="xs" className="tg-break" style={{ whiteSpace: "pre-wrap" }} maw="75ch">{shown.text}</Text>
              </Card>
            </Section>
            {shown.told_ms != null && acts && <Deliveries of={shown} />}
          </Stack>
        )}
      </Read>
    </Page>
  );
}

function facts(one: Announcement): Parameters<typeof Facts>[0]["of"] {
  const { when, at_ms: at, told_ms: told, starts_ms: starts, downtime_minutes: downtime, environment, cancelled, url, planned_ms: planned } = one;
  return [
    ["Planned", <When key="planned" ms={planned} />],
    ["Told", told != null ? <When key="told" ms={told} /> : cancelled != null ? "never" : when ? whenWords(when) : at == null ? "–" : <Until key="at" ms={at} />],
    ...(cancelled != null ? [["Cancelled", cancelled] as [string, string]] : []),
    ...(environment != null ? [["Environment", environment] as [string, string]] : []),
    ...(starts != null ? [["Change expected", exact(starts)] as [string, string]] : []),
    ...(downtime != null ? [["Without an answer", count(downtime, "minute")] as [string, string]] : []),
    ["Arrived", <Arrived key="arrived" of={one} />],
    ...(url != null ? [["Public page", <Away key="url" href={url}>where readers find it</Away>] as [string, React.ReactNode]] : []),
  ];
}

function Cancel({ one: { id, state, waiting, url } }: { one: Announcement }) {
  const old = useOld();
  return (
    <Confirm
      label="Cancel it" danger icon={<IconBan size={15} aria-hidden />} title="Cancel this announcement" done="It is cancelled." reason={{ label: "Why", needed: false }}
      consequences={[
        state === "planned" ? "It is not told." : waiting > 0 ? `${count(waiting, "delivery that waits does", "deliveries that wait do")} not go out; what arrived stays.` : "Everything went out already, and stays.",
        ...(url == null ? [] : ["It is no longer shown on the public page."]),
      ]}
      act={async (reason) => {
        await api.POST("/api/v1/announcements/{announcement}/cancel", { params: { path: { announcement: id } }, body: { reason: reason || null } });
        await old(["announcement", id], ["announcements"]);
      }}
    />
  );
}

const STATES = {
  waiting: { sign: IconClock, word: "waiting", tone: "warn" },
  delivered: { sign: IconCheck, word: "delivered", tone: "good" },
  dead: { sign: IconX, word: "given up", tone: "bad" },
} as const;

/** As many more at a time. */
const SHOWN = 200;

function Deliveries({ of: { id, dead, state: stands } }: { of: Announcement }) {
  const [words, put] = useAddress();
  const named = words["state"];
  const state = named === "waiting" || named === "delivered" || named === "dead" ? named : undefined;
  const all = useQuery(announcementDeliveries(id, state));
  const [shown, setShown] = useState(SHOWN);
  const again = stands !== "cancelled";
  return (
    <Section
      title="Deliveries"
      aside={
        <Group gap="xs">
          {dead > 0 && again && <Again id={id} dead={dead} />}
          <SegmentedControl
            size="xs" aria-label="State" value={state ?? "all"} onChange={(to) => put({ state: to === "all" ? undefined : to })}
            data={[{ value: "all", label: "All" }, { value: "waiting", label: "Waiting" }, { value: "dead", label: "Given up" }, { value: "delivered", label: "Delivered" }]}
          />
        </Group>
      }
    >
      <Read of={all}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={state === undefined ? "It goes to nobody but the public page" : `No delivery is ${STATES[state].word}`} />
          ) : (
            <Stack gap={4}>
              <Scroll label="Deliveries, scrolls">
                <Table aria-label="Deliveries" miw={620}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">To</Table.Th>
                      <Table.Th scope="col">State</Table.Th>
                      <Table.Th scope="col">Attempts</Table.Th>
                      <Table.Th scope="col">It answered</Table.Th>
                      <Table.Th scope="col">Next try</Table.Th>
                      {again && <Table.Th scope="col">Again</Table.Th>}
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>{items.slice(0, shown).map((one) => <Row key={one.id} one={one} again={again} />)}</Table.Tbody>
                </Table>
              </Scroll>
              {items.length > shown && (
                <Group gap="sm">
                  <Text size="sm" c="dimmed">The first {shown} of {items.length.toLocaleString()}.</Text>
                  <Button size="xs" variant="default" onClick={() => setShown(shown + SHOWN)}>Show {Math.min(SHOWN, items.length - shown)} more</Button>
                </Group>
              )}
            </Stack>
          )
        }
      </Read>
    </Section>
  );
}

function Row({ one: { id, announcement, channel, recipient, state, attempts, attempted_ms: at, next_ms: next, said }, again }: { one: AnnouncementDelivery; again: boolean }) {
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={400} className="tg-break">
        {recipient}
        <Text size="xs" c="dimmed">by {channel}</Text>
      </Table.Th>
      <Table.Td><Mark {...STATES[state]} /></Table.Td>
      <Table.Td>
        {attempts}
        {at != null && <Text size="xs" c="dimmed"><When ms={at} /></Text>}
      </Table.Td>
      <Table.Td className="tg-break" maw={320}>{said ?? "–"}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{next == null ? "–" : <Until ms={next} />}</Table.Td>
      {again && <Table.Td><Again id={announcement} delivery={id} to={recipient} /></Table.Td>}
    </Table.Tr>
  );
}

function Again({ id, delivery, to, dead = 0 }: { id: string; delivery?: string; to?: string; dead?: number }) {
  const old = useOld();
  const all = delivery === undefined;
  return (
    <Confirm
      label={all ? "Send all given up again" : "Send again"} icon={<IconRefresh size={14} aria-hidden />} title={all ? `Send ${count(dead, "delivery", "deliveries")} again` : `Send it to ${to} again`}
      consequences={[all ? `Each of the ${count(dead, "delivery that was", "deliveries that were")} given up is tried anew, from the first attempt on.` : "It goes at once under the same id; who got it already may see it once more."]}
      done="It is on its way." button={{ size: "xs" }}
      act={async () => {
        await api.POST("/api/v1/announcements/{announcement}/again", { params: { path: { announcement: id } }, body: { delivery: delivery ?? null } });
        await old(["announcement", id], ["announcements"], ["channels"]);
      }}
    />
  );
}
