// The way of a release as a picture: stage after stage, environments of one stage side by side, and how it stands in each.
import "./journey.css";
import { Group, Text, UnstyledButton } from "@mantine/core";
import { useId } from "react";
import type { Why } from "@/api/types";
import { Until, When } from "@/parts/When";
import { StandsMark } from "@/parts/Mark";
import { HaltMark } from "./HaltMark";
import { isPassed, type Halt, type Station } from "./journey";
import { sinceMs, type Visit } from "./visits";

interface JourneyProps {
  stations: Station[];
  others: Halt[];
  whys: ReadonlyMap<string, Why>;
  all: readonly Visit[];
  chosen: string;
  choose: (environment: string) => void;
}

export function Journey({ stations, others, whys, all, chosen, choose }: JourneyProps) {
  const node = (halt: Halt) => <Node key={halt.environment} halt={halt} why={whys.get(halt.environment)} since={sinceMs(all, halt.environment)} chosen={halt.environment === chosen} choose={choose} />;
  return (
    <div className="tg-journey" role="group" aria-label="The way through its stages">
      {stations.map((station) => (
        <div key={station.number} className="tg-station" data-passed={isPassed(station)}>
          <Text size="xs" c="dimmed" mb={4}>
            Stage {station.number}, {station.stage.strategy}
            {station.number > 1 && (station.stage.automatic ? ", by itself" : ", by word")}
            {station.halts.length > 1 && `, ${station.needed} of ${station.halts.length} needed`}
          </Text>
          <div className="tg-halts">{station.halts.map(node)}</div>
        </div>
      ))}
      {others.length > 0 && (
        <div className="tg-station" data-beside>
          <Text size="xs" c="dimmed" mb={4}>Not in its pipeline</Text>
          <div className="tg-halts">{others.map(node)}</div>
        </div>
      )}
    </div>
  );
}

interface NodeProps {
  halt: Halt;
  why: Why | undefined;
  since: number | null;
  chosen: boolean;
  choose: (environment: string) => void;
}

function Node({ halt, why, since, chosen, choose }: NodeProps) {
  const id = useId();
  return (
    <UnstyledButton className="tg-halt" aria-pressed={chosen} aria-labelledby={`${id}-name`} aria-describedby={`${id}-why`} onClick={() => choose(halt.environment)}>
      <Group gap={6} justify="space-between" wrap="nowrap" id={`${id}-name`}>
        <Text fw={600} size="sm" className="tg-break">{halt.environment}</Text>
        {why && why.stands !== "not-yet" ? <StandsMark stands={why.stands} /> : <HaltMark stands={halt.stands} />}
      </Group>
      {why && <Text size="xs" c="dimmed" lineClamp={3} id={`${id}-why`}>{why.why.replaceAll("`", "")}</Text>}
      <Text size="xs">
        {since !== null && <When ms={since} />}
        {why?.opens_ms != null && <> opens <Until ms={why.opens_ms} /></>}
      </Text>
    </UnstyledButton>
  );
}
