// Who was given what over the last hours or days, with what was changed meanwhile.
import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { flagExposure, flagHistory } from "@/api/flags";
import { Chart } from "@/pages/rollout/Chart";
import { ProblemView } from "@/parts/ProblemView";
import { changeMarkers, keptRatesOf, linesOf, percent, perSecond, shareSummary, sharesOf } from "./exposure";

const SPANS = [
  { value: "3", label: "3 hours" },
  { value: "24", label: "Day" },
  { value: "168", label: "Week" },
  { value: "336", label: "Two weeks" },
];

export function ExposureOverTime({ flagKey, environment, variants }: { flagKey: string; environment: string; variants: readonly string[] }) {
  const [hours, setHours] = useState("24");
  const kept = useQuery({ ...flagExposure(flagKey, environment, Number(hours)), placeholderData: keepPreviousData });
  const changes = useQuery(flagHistory(flagKey, environment));
  const lines = useMemo(() => linesOf(variants, true), [variants]);
  const markers = useMemo(() => changeMarkers(changes.data?.items ?? []), [changes.data]);
  const told = useMemo(() => {
    if (!kept.data) return null;
    const { from_ms: from, until_ms: until } = kept.data;
    const summary = shareSummary(kept.data, variants);
    return { shares: sharesOf(kept.data, variants), rates: keptRatesOf(kept.data, variants), range: [from / 1000, until / 1000] as const, summary };
  }, [kept.data, variants]);
  if (kept.error) return <ProblemView error={kept.error} />;
  if (!told) return null;
  const common = { lines, range: told.range, markers, sync: `flag-kept/${flagKey}/${environment}`, summary: told.summary };
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed">{told.summary}</Text>
        <SegmentedControl size="xs" aria-label="How far back" data={SPANS} value={hours} onChange={setHours} />
      </Group>
      <Chart {...common} title="Share of what was given" data={told.shares} format={percent} least={100} most={100} named />
      <Chart {...common} title="Given a second" data={told.rates} format={perSecond} least={0.1} />
    </Stack>
  );
}
