// The gates between a release and an environment: open or closed, why, who may open it, and the button for whoever may.
import { Card, Code, Group, Stack, Text } from "@mantine/core";
import { IconLock, IconLockOpen } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useMay } from "@/api/may";
import { gates as gatesQuery, session } from "@/api/queries";
import type { Gate, Gates, Release, Why } from "@/api/types";
import { LetThrough, Words } from "@/pages/approvals/WaitingCard";
import { isCalendar, isSigned, waiting } from "@/pages/approvals/waiting";
import { Mark } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { Until, When } from "@/parts/When";

export function GateList({ release, environment }: { release: Release; environment: string }) {
  const query = useQuery(gatesQuery(release.version, environment));
  return <Read of={query}>{(gates) => <List gates={gates} release={release} />}</Read>;
}

function List({ gates, release }: { gates: Gates; release: Release }) {
  if (gates.gates.length === 0)
    return <Text size="sm" c="dimmed">No gate stands before {gates.environment}, and no freeze holds.</Text>;
  return (
    <Stack gap="xs" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {gates.gates.map((gate) => (
        <li key={gate.name}>
          <GateCard gate={gate} gates={gates} release={release} />
        </li>
      ))}
    </Stack>
  );
}

function GateCard({ gate, gates: { environment, release: version }, release }: { gate: Gate; gates: Gates; release: Release }) {
  return (
    <Card padding="sm">
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Mark sign={gate.open ? IconLockOpen : IconLock} word={gate.open ? "open" : "closed"} tone={gate.open ? "good" : "warn"} />
            <Text fw={600} size="sm">{gate.name}</Text>
            {gate.kind !== gate.name && <Text size="xs" c="dimmed">{gate.kind}</Text>}
          </Group>
          <Text size="xs" c="dimmed">
            {gate.since_ms != null && <>since <When ms={gate.since_ms} /></>}
            {gate.opens_ms != null && <> opens by itself <Until ms={gate.opens_ms} /></>}
          </Text>
        </Group>
        <Text size="sm" className="tg-break">{gate.why.replaceAll("`", "")}</Text>
        {!gate.open && gate.who !== "" && (
          <Text size="xs" c="dimmed" className="tg-break">
            Opened by {gate.who}{gate.command !== "" && <>: <Code fz="xs">{gate.command}</Code></>}
          </Text>
        )}
        <Word gate={gate} release={release} version={version} environment={environment} />
      </Stack>
    </Card>
  );
}

function Word({ gate, release, version, environment }: { gate: Gate; release: Release; version: string; environment: string }) {
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  if (!isSigned(gate) && !isCalendar(gate)) return null;
  const [one] = waiting([{ release: version, environment, gates: [gate] } as unknown as Why], [release], { me, may });
  if (!one) return null;
  if (isCalendar(gate)) return gate.open ? null : <Group><LetThrough waiting={one} /></Group>;
  // An open gate asks for nothing more; whoever signed may take it back, whoever may sign may still say no.
  const signed = gate.open && /^signed by (.*)/.exec(gate.why)?.[1]?.split(/, | and /).includes(me.name);
  return <Group gap="xs"><Words waiting={signed ? { ...one, said: "yes" } : one} /></Group>;
}
