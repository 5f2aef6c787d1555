// The rest of a release's page: components with digests, notes, where it was brought, its audit trail.
import { Code, Group, List, Switch, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconProgress } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Release } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { eventInWords } from "@/parts/eventWords";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { span } from "@/parts/time";
import { When } from "@/parts/When";
import { trail } from "./queries";
import type { Visit } from "./visits";

export function Contents({ release: { components, notes } }: { release: Release }) {
  return (
    <Section title="What it holds">
      <Scroll label="Components">
        <Table aria-label="Components">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Component</Table.Th>
              <Table.Th scope="col">Version</Table.Th>
              <Table.Th scope="col">Artifact</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {Object.entries(components).map(([name, { version, digest }]) => (
              <Table.Tr key={name} style={{ verticalAlign: "top" }}>
                <Table.Th scope="row" fw={500}>{name}</Table.Th>
                <Table.Td>{version}</Table.Td>
                <Table.Td className="tg-break">{digest ? <Code fz="xs">{digest}</Code> : <Text size="sm" c="dimmed">a program that is there already</Text>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      <Text fw={600} size="sm">Notes</Text>
      {notes.length === 0 ? <Text size="sm" c="dimmed">Nobody wrote any.</Text> : (
        <List size="sm">{notes.map((note, index) => <List.Item key={index} className="tg-break">{note}</List.Item>)}</List>
      )}
    </Section>
  );
}

const OUTCOMES = {
  "under-way": { word: "under way", tone: "moving", sign: IconProgress },
  verified: { word: "verified", tone: "good", sign: IconCheck },
  "gone-back": { word: "went back", tone: "bad", sign: IconArrowBackUp },
} as const;

export function Rollouts({ all, version }: { all: readonly Visit[]; version: string }) {
  return (
    <Section title="Its rollouts">
      {all.length === 0 ? (
        <Empty title="It was brought nowhere yet" command={`tidegate deploy ${version} --to ENVIRONMENT`}>Each rollout of it stands here, and can be played again.</Empty>
      ) : (
        <Scroll label="Rollouts of this release">
          <Table aria-label="Rollouts of this release">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">To</Table.Th>
                <Table.Th scope="col">Outcome</Table.Th>
                <Table.Th scope="col">Began</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {all.map(({ rollout, environment, by, fromMs, outcome, endMs, reason }) => (
                <Table.Tr key={rollout} style={{ verticalAlign: "top" }}>
                  <Table.Th scope="row" fw={500}><Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>{environment}</Link></Table.Th>
                  <Table.Td>
                    <Mark {...OUTCOMES[outcome]} />
                    {reason && <Text size="xs" className="tg-break">{reason}</Text>}
                  </Table.Td>
                  <Table.Td>
                    <When ms={fromMs} />
                    <Text size="xs" c="dimmed">by {by}{endMs !== null && `, took ${span(endMs - fromMs)}`}</Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
    </Section>
  );
}

const ROWS_MAX = 20;

export function Trail({ version }: { version: string }) {
  const [all, setAll] = useState(false);
  const query = useQuery(trail(version));
  return (
    <Section
      title="Audit trail"
      aside={
        <Group gap="sm">
          <Switch size="xs" label="What Tidegate did, too" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
          <Link className="tg-link" to="/audit" search={{ release: version }}>All of it</Link>
        </Group>
      }
    >
      <Read of={query}>
        {({ items }) => {
          const shown = items.filter(({ actor }) => all || actor !== "tidegate").slice(0, ROWS_MAX);
          return shown.length === 0 ? (
            <Text size="sm" c="dimmed">Of what people did to it, nothing stands among the newest events.</Text>
          ) : (
            <Scroll label="Audit trail of this release">
              <Table aria-label="Audit trail of this release, newest first" verticalSpacing={4} fz="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">When</Table.Th>
                    <Table.Th scope="col">Who and what</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {shown.map((event) => (
                    <Table.Tr key={event.position} style={{ verticalAlign: "top" }}>
                      <Table.Td style={{ whiteSpace: "nowrap" }}><When ms={event.at_ms} /></Table.Td>
                      <Table.Td className="tg-break">
                        <b>{event.actor}</b> {eventInWords(event)}
                        <Text size="xs" c="dimmed">{event.stream}{event.origin && `, from ${event.origin}`}</Text>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          );
        }}
      </Read>
    </Section>
  );
}
