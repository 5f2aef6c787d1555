// One rollout: live while it moves, and afterwards at any instant of its time.
import { Button, Grid, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { rollout as rolloutQuery } from "@/api/queries";
import type { Rollout } from "@/api/types";
import { useAddress } from "@/parts/address";
import { RolloutMark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import { Actions } from "./Actions";
import { points, until } from "./analysis";
import { Charts } from "./Charts";
import { isOver, moving, titleOf } from "./consequences";
import { Decision } from "./Decision";
import { EventList } from "./EventList";
import { at as stoodAt } from "./history";
import { LogView, whoseLog } from "./LogView";
import { Processes } from "./Processes";
import { QUANTILES } from "./plots";
import { rolloutEvents, samples as samplesQuery } from "./queries";
import { Replay } from "./Replay";
import { Steps } from "./Steps";

export function RolloutPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(rolloutQuery(id));
  const title = query.data ? titleOf(query.data) : "Rollout";
  if (!query.data) return <Page title={title}><Read of={query}>{() => null}</Read></Page>;
  return <Body key={id} rollout={query.data} readMs={query.dataUpdatedAt} />;
}

function Body({ rollout: now, readMs }: { rollout: Rollout; readMs: number }) {
  const client = useQueryClient();
  const [words, put] = useAddress();
  const events = useQuery(rolloutEvents(client, now.id)).data ?? NONE;
  const samples = useQuery(samplesQuery(client, now.id)).data ?? NONE;
  const over = isOver(now);
  const endMs = Math.max(now.changed_ms, events.at(-1)?.at_ms ?? 0, now.started_ms + 1000);
  const [atMs, putAt] = useInstant(over, endMs, words["at"], put);
  const live = useMemo(() => stoodAt(now, events, Infinity), [now, events]);
  const past = useMemo(() => (atMs === null ? null : stoodAt(now, events, atMs)), [now, events, atMs]);
  const rollout = past?.rollout ?? now;
  const leg = Math.max(0, now.legs.findIndex(({ component }) => component === (words["component"] ?? moving(now)?.component)));
  const last = useMemo(() => points(samples, leg).at(-1), [samples, leg]);
  const beside = {
    perSecond: last && !over ? last.candidate.perSecond : null,
    served: samples.findLast((sample) => sample.leg === leg)?.rates.candidate_requests ?? null,
    promotedBy: live.promotedBy,
    paced: live.paced,
  };
  const latency = [...QUANTILES, "all"].includes(words["latency"] as "all") ? (words["latency"] ?? "all") : "all";
  const log = words["log"] === undefined ? null : whoseLog(now.environment, now.legs.map(({ component }) => component), words["log"]);
  return (
    <Page
      title={titleOf(now)}
      marks={<RolloutMark state={now.state} />}
      lead={
        <>
          <Link to="/releases/$version" params={{ version: now.release }} className="tg-link">Release {now.release}</Link>
          {" by "}{now.strategy}{now.kind === "hotfix" && ", a hotfix"} to{" "}
          <Link to="/environments/$environment" params={{ environment: now.environment }} className="tg-link">{now.environment}</Link>
          , started by {now.started_by} <When ms={now.started_ms} />{over && <>, ended <When ms={endMs} /></>} · <code>{now.id}</code>
        </>
      }
      actions={<Actions rollout={now} beside={beside} />}
    >
      {over && (
        <Replay fromMs={now.started_ms} toMs={endMs} atMs={atMs ?? endMs} put={putAt} />
      )}
      <Decision rollout={rollout} readMs={past ? null : readMs} />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8, xl: 9 }} order={{ base: 2, md: 1 }}>
          <Section
            title="Measured"
            aside={now.legs.length > 1 && <SegmentedControl size="xs" aria-label="Component" value={now.legs[leg]?.component ?? ""} onChange={(component) => put({ component })} data={now.legs.map(({ component }) => component)} />}
          >
            <Charts rollout={now} leg={leg} samples={samples} events={events} atMs={atMs} latency={latency} putLatency={(value) => put({ latency: value })} />
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4, xl: 3 }} order={{ base: 1, md: 2 }}>
          <Stack gap="md">
            <Section title="Steps">
              <Steps rollout={rollout} sinceMs={(past ?? live).sinceMs} atMs={atMs} />
            </Section>
            <Section title="Processes now">
              <Processes rollout={now} log={words["log"]} openLog={(instance) => put({ log: instance })} />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
      {log && words["log"] && <LogView key={words["log"]} whose={log} name={words["log"]} close={() => put({ log: undefined })} />}
      <EventList events={atMs === null ? events : until(events, atMs, (one) => one.at_ms)} rollout={now} />
      {atMs !== null && atMs < endMs && (
        <Text size="sm" c="dimmed">
          You see it as it stood then. <Button size="compact-sm" variant="default" onClick={() => putAt(endMs)}>Show its end</Button>
        </Text>
      )}
    </Page>
  );
}

const NONE: never[] = [];
const ADDRESS_MS = 400;

/** The instant of a replay: in the address for whoever shares it, written there once it rests. Null shows the end. */
function useInstant(over: boolean, endMs: number, word: string | undefined, put: (change: Record<string, string | undefined>) => void): [number | null, (atMs: number) => void] {
  const [atMs, setAtMs] = useState<number | null>(() => (word !== undefined && Number.isFinite(Number(word)) ? Number(word) : null));
  const timer = useRef<number>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const putAt = useCallback(
    (next: number) => {
      const ended = next >= endMs;
      setAtMs(ended ? null : next);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => put({ at: ended ? undefined : String(Math.round(next)) }), ADDRESS_MS);
    },
    [endMs, put],
  );
  return [over ? atMs : null, putAt];
}
