// Who was given what: since it is counted, over time, and how many a second while this page is open.
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { flag as flagQuery } from "@/api/flags";
import type { FlagEnvironment } from "@/api/types";
import { serverNow } from "@/live/clock";
import { Chart } from "@/pages/rollout/Chart";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { EVERY_MS, linesOf, looked, perSecond, ratesOf, rateSummary, type Look } from "./exposure";
import { isMembers } from "./json";
import { ExposureOverTime } from "./ExposureOverTime";
import { Shares } from "./Shares";

/** The axis is so long at least. */
const RANGE_MS = 120_000;
const NO_MARKERS: never[] = [];

export function Exposure({ flagKey, stands }: { flagKey: string; stands: FlagEnvironment }) {
  const { environment, served, evaluated_ms: asked, definition, stale } = stands;
  // Counting changes no flag, so no event tells of it.
  const again = useQuery({ ...flagQuery(flagKey), refetchInterval: EVERY_MS });
  const [looks, setLooks] = useState<Look[]>([]);
  const { dataUpdatedAt: at } = again;
  useEffect(() => {
    const now = again.data?.environments.find((one) => one.environment === environment);
    if (now) setLooks((before) => looked(before, now, serverNow()));
  }, [at, environment]);
  const names = isMembers(definition) && isMembers(definition["variants"]) ? Object.keys(definition["variants"]) : [];
  const key = [...new Set([...names, ...served.map(({ variant }) => variant)])].sort().join("\n");
  const variants = useMemo(() => key.split("\n").filter(Boolean), [key]);
  const lines = useMemo(() => linesOf(variants), [variants]);
  const data = useMemo(() => ratesOf(looks, variants), [looks, variants]);
  const range = useMemo(() => {
    const begin = (looks[0]?.atMs ?? serverNow()) / 1000;
    return [begin, Math.max(begin + RANGE_MS / 1000, (looks.at(-1)?.atMs ?? 0) / 1000)] as const;
  }, [looks]);
  const sum = served.reduce((all, one) => all + one.count, 0);
  if (asked == null) {
    return (
      <Empty title={`No program asked for it in ${environment} yet`} command={`tidegate flag keys create --env ${environment} --kind server`}>
        Programs ask through any OpenFeature client, with a flag key of this environment. Trying subjects on this page counts nowhere.
      </Empty>
    );
  }
  return (
    <Stack gap="md">
      <Section title="Since it is counted" aside={<Text size="sm" c="dimmed">{count(sum, "time")}, last asked for <When ms={asked} /></Text>}>
        {stale && <Text size="sm" c="var(--tg-warn)">It looks stale here: {stale}.</Text>}
        {sum > 0 && <Shares label="Given since it is counted" variants={variants} of={served.map(({ variant, count: times }) => ({ variant, percent: (times / sum) * 100, words: `${Math.round((times / sum) * 1000) / 10} %` }))} />}
        <Scroll label="Variants given, scrolls">
          <Table aria-label="Variants given" miw={380}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Variant</Table.Th>
                <Table.Th scope="col" ta="right">Given</Table.Th>
                <Table.Th scope="col" ta="right">Share</Table.Th>
                <Table.Th scope="col">Last</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {variants.map((variant) => {
                const seen = served.find((one) => one.variant === variant);
                return (
                  <Table.Tr key={variant}>
                    <Table.Th scope="row" className="tg-break">{variant}</Table.Th>
                    <Table.Td ta="right">{(seen?.count ?? 0).toLocaleString()}</Table.Td>
                    <Table.Td ta="right">{sum === 0 ? "–" : `${Math.round(((seen?.count ?? 0) / sum) * 1000) / 10} %`}</Table.Td>
                    <Table.Td>{seen ? <When ms={seen.last_ms} /> : "never"}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Scroll>
        <Text size="xs" c="dimmed">Each answer to a program counts once, so somebody who looks ten times counts ten times. A client that fetches all flags counts as asking for each.</Text>
      </Section>
      <ExposureOverTime flagKey={flagKey} environment={environment} variants={variants} />
      <Chart title="Given a second, while this page is open" lines={lines} data={data} range={range} format={perSecond} least={1} markers={NO_MARKERS} sync={`flag/${flagKey}/${environment}`} summary={rateSummary(looks, variants)} />
    </Stack>
  );
}
