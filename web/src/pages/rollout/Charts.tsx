// The charts of one component's part: its share, its errors, its latency, its requests and the evidence.
import { Box, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useNow } from "@/live/clock";
import type { Rollout, Sample, TidegateEvent } from "@/api/types";
import { milliseconds, odds, rate } from "@/parts/figures";
import { points, until, WINDOW_MS } from "./analysis";
import { Chart } from "./Chart";
import { isOver } from "./consequences";
import { shares } from "./history";
import {
  BOTH, errorData, errorSummary, EVIDENCE, evidenceData, evidenceSummary, LATENCY, latencyData, latencySummary,
  perSecondInWords, QUANTILES, requestData, requestSummary, WEIGHT, weightData, weightSummary, type Quantile,
} from "./plots";
import { Figures } from "./Figures";
import { markers } from "./told";

interface ChartsProps {
  rollout: Rollout;
  leg: number;
  samples: Sample[];
  events: TidegateEvent[];
  /** In a replay: nothing later is shown. */
  atMs: number | null;
  latency: string;
  putLatency: (latency: string) => void;
}

/** While it moves, a minute at least, so that the first samples do not jump. */
const RANGE_MS_LEAST = 60_000;

export function Charts({ rollout, leg, samples, events, atMs, latency, putLatency }: ChartsProps) {
  const over = isOver(rollout);
  const now = useNow(over ? 3_600_000 : 1000);
  const last = Math.max(events.at(-1)?.at_ms ?? 0, samples.at(-1)?.at_ms ?? 0, rollout.started_ms);
  const endMs = over ? last : Math.max(now, last);
  const shownMs = atMs ?? endMs;

  const range = useMemo(() => {
    const length = Math.max(over ? 1000 : RANGE_MS_LEAST, endMs - rollout.started_ms);
    return [rollout.started_ms / 1000, (rollout.started_ms + length * 1.02) / 1000] as const;
  }, [rollout.started_ms, endMs, over]);
  const all = useMemo(() => points(samples, leg), [samples, leg]);
  const shown = useMemo(() => (atMs === null ? all : until(all, atMs, (one) => one.atMs)), [all, atMs]);
  const moved = useMemo(() => shares(rollout, events, leg), [rollout, events, leg]);
  const movedShown = useMemo(() => until(moved, shownMs, (one) => one.atMs), [moved, shownMs]);
  const marks = useMemo(() => markers(until(events, shownMs, (one) => one.at_ms), rollout), [events, rollout, shownMs]);
  const quantiles = useMemo(() => (latency === "all" ? QUANTILES : [latency as Quantile]), [latency]);
  const data = useMemo(
    () => ({ errors: errorData(shown), latency: latencyData(shown, quantiles), requests: requestData(shown), evidence: evidenceData(shown) }),
    [shown, quantiles],
  );
  const weights = useMemo(() => weightData(movedShown, shownMs), [movedShown, shownMs]);
  const newest = samples.findLast((sample) => sample.leg === leg);
  const amber = useMemo(() => amberOf(events), [events]);
  const thresholds = useMemo(
    () => [
      { value: newest?.evidence.rollback_at ?? 100, label: `rollback at ${odds(newest?.evidence.rollback_at ?? 100)}`, tone: "bad" as const },
      { value: newest?.evidence.promotion_at ?? 20, label: `promotion at ${odds(newest?.evidence.promotion_at ?? 20)}`, tone: "good" as const },
      { value: amber, label: `amber: hold from ${odds(amber)}`, tone: "warn" as const },
    ],
    [newest?.evidence.rollback_at, newest?.evidence.promotion_at, amber],
  );
  const candidate = rollout.legs[leg]?.candidate ?? "the candidate";
  const common = { range, markers: marks, sync: `${rollout.id}/${leg}` };
  const measured = all.length > 0;
  return (
    <Stack gap="sm">
      <Chart {...common} title="Share of requests" named lines={WEIGHT} data={weights} format={percent} least={20} most={100} summary={weightSummary(movedShown, candidate)} />
      {measured ? (
        <>
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
            <Chart {...common} title="Evidence, as odds against chance" lines={EVIDENCE} data={data.evidence} format={odds} logarithmic most={1000} thresholds={thresholds} summary={evidenceSummary(shown, thresholds[0]?.value ?? 100, thresholds[1]?.value ?? 20)} />
            <Chart {...common} title="Failed requests" lines={BOTH} data={data.errors} format={rate} least={0.01} most={1} summary={errorSummary(shown)} />
            <Chart
              {...common}
              title="Latency"
              aside={<SegmentedControl size="xs" aria-label="Which latency" value={latency} onChange={putLatency} data={["all", ...QUANTILES]} />}
              lines={LATENCY[latency as Quantile | "all"]}
              data={data.latency}
              format={milliseconds}
              least={10}
              summary={latencySummary(shown)}
            />
            <Chart {...common} title="Requests a second" lines={BOTH} data={data.requests} format={perSecondInWords} least={1} summary={requestSummary(shown)} />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            Over the last {WINDOW_MS / 1000} s of each moment; latencies are read from the histogram&rsquo;s buckets.
          </Text>
          <Figures points={shown} />
        </>
      ) : (
        <Box>
          <Text size="sm" c="dimmed">
            {over ? "Nothing was measured: the analysis did not judge this component's part, or nobody asked anything of it." : "Nothing is measured yet. Measurements begin once the candidate gets requests, where the stage is judged by the analysis."}
          </Text>
        </Box>
      )}
    </Stack>
  );
}

const percent = (value: number) => `${Math.round(value * 100) / 100} %`;

function amberOf(events: readonly TidegateEvent[]): number {
  const started = events[0]?.body as { Started?: { plan?: { analysis?: { amber_evidence?: number } | null } } } | undefined;
  return started?.Started?.plan?.analysis?.amber_evidence ?? 10;
}
