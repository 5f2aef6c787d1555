// How far a release came, in one line: a sign, the environment and a word for each stage of its pipeline. The stages that
// it has not seen stand together at the end.
import { Group, Text, Tooltip } from "@mantine/core";
import { memo } from "react";
import { HaltMark } from "@/pages/release/HaltMark";
import type { Halt, Station } from "@/pages/release/journey";

export const Stops = memo(function Stops({ stations, others }: { stations: Station[]; others: Halt[] }) {
  const last = stations.findLastIndex(({ halts }) => halts.some(({ stands }) => stands !== "not-yet"));
  const [seen, ahead] = [stations.slice(0, last + 1), stations.slice(last + 1)];
  return (
    <Group gap={6} component="ol" m={0} p={0} style={{ listStyle: "none", rowGap: 2 }}>
      {seen.map(({ number, halts }, index) => (
        <Group key={number} component="li" gap={6} style={{ rowGap: 2 }}>
          {index > 0 && <Between sign="→" />}
          {halts.map((halt) => <Stop key={halt.environment} halt={halt} />)}
        </Group>
      ))}
      {others.map((halt) => (
        <Group key={halt.environment} component="li" gap={6} wrap="nowrap">
          <Between sign="+" />
          <Stop halt={halt} />
        </Group>
      ))}
      {ahead.length > 0 && (
        <Group component="li" gap={6}>
          {seen.length > 0 && <Between sign="→" />}
          <HaltMark stands="not-yet" />
          <Text span size="sm" c="dimmed">
            {ahead.map(({ halts }) => halts.map(({ environment }) => environment).join(" + ")).join(" → ")}
          </Text>
        </Group>
      )}
    </Group>
  );
});

function Between({ sign }: { sign: string }) {
  return <Text span c="dimmed" size="sm" aria-hidden>{sign}</Text>;
}

function Stop({ halt }: { halt: Halt }) {
  const stop = (
    <Group gap={4} wrap="nowrap" component="span">
      <Text span size="sm" c={halt.stands === "not-yet" ? "dimmed" : undefined} style={{ whiteSpace: "nowrap" }}>{halt.environment}</Text>
      <HaltMark stands={halt.stands} />
    </Group>
  );
  return halt.reason ? <Tooltip label={halt.reason} multiline maw={360}>{stop}</Tooltip> : stop;
}
