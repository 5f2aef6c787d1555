// How it goes out and who is told: the window, the steps and the way back, audiences, announcements, material.
import { Group, Stack, Table, Text } from "@mantine/core";
import { IconCheck, IconCircleDashed } from "@tabler/icons-react";
import { Mark } from "@/parts/Mark";
import { Facts } from "@/parts/Facts";
import { Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { span } from "@/parts/time";
import { Advice } from "./Advice";
import { ownerName, titleOfAudience } from "./document";
import { AddEntry, ChangeDeployment, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { Runbook } from "./Runbook";
import { momentWords } from "./moments";

export function DeploymentTab(props: TabProps) {
  const { plan, document, edits } = props;
  const { window, expected_downtime_seconds: downtime, strategy, steps = [], database_steps: database = [], rollback = [], contingency = [] } = document.deployment;
  const books = [
    { title: "Steps", list: steps },
    { title: "Steps of the database", list: database },
    { title: "The way back", list: rollback },
    { title: "When even the way back does not work", list: contingency },
  ];
  return (
    <Stack gap="xl">
      <Section title="How it goes out" aside={edits && <ChangeDeployment version={plan.version} document={document} />}>
        <Facts
          of={[
            ["Window", window ? `${window.from.replace("T", " ")} to ${window.until.replace("T", " ")}, ${window.zone}` : "none is set"],
            ["Expected downtime", downtime === undefined ? "nothing is said" : downtime === 0 ? "none" : span(downtime * 1000)],
            ["Strategy", strategy ?? "as the configuration says"],
          ]}
        />
        {books.map(({ title, list }) => (
          <div key={title}>
            <Text size="sm" fw={600} mb={4}>{title}</Text>
            {list.length === 0 ? <Text size="sm" c="dimmed">Nothing is said.</Text> : <Runbook plan={plan} steps={list} label={title} />}
          </div>
        ))}
      </Section>
      <Section title="When it is quiet"><Advice version={plan.version} zone={document.zone} /></Section>
      <Communication {...props} />
    </Stack>
  );
}

function Communication({ plan: { version }, document, edits }: TabProps) {
  const { audiences, announcements, materials } = document;
  const change = edits && <Table.Th scope="col">Change</Table.Th>;
  return (
    <>
      <Section title="Who is told" aside={edits && <AddEntry version={version} document={document} list="audiences" />}>
        {audiences.length === 0 ? (
          <Text size="sm" c="dimmed">Nobody is named.</Text>
        ) : (
          <Scroll label="Audiences, as a table">
            <Table aria-label="Audiences">
              <Table.Thead><Table.Tr><Table.Th scope="col">Who</Table.Th><Table.Th scope="col">How they are reached</Table.Th>{change}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {audiences.map((audience) => (
                  <Table.Tr key={audience.id}>
                    <Table.Th scope="row" fw={400}>{audience.name}</Table.Th>
                    <Table.Td>{audience.channels?.join(", ") || "–"}</Table.Td>
                    {edits && <Table.Td><EntryActions version={version} document={document} list="audiences" entry={audience} named={audience.name} /></Table.Td>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Section>
      <Section title="Announcements" aside={edits && audiences.length > 0 && <AddEntry version={version} document={document} list="announcements" />}>
        {announcements.length === 0 ? (
          <Text size="sm" c="dimmed">Nothing is announced{audiences.length === 0 && edits ? "; say first who is told" : ""}.</Text>
        ) : (
          <Scroll label="Announcements, as a table">
            <Table aria-label="Announcements">
              <Table.Thead><Table.Tr><Table.Th scope="col">What</Table.Th><Table.Th scope="col">To whom</Table.Th><Table.Th scope="col">When</Table.Th><Table.Th scope="col" visibleFrom="sm">By</Table.Th>{change}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {announcements.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Th scope="row" fw={400} className="tg-break">{one.title}</Table.Th>
                    <Table.Td>{titleOfAudience(document, one.audience)}</Table.Td>
                    <Table.Td>{momentWords(one.when)}</Table.Td>
                    <Table.Td visibleFrom="sm">{(one.channels ?? audiences.find(({ id }) => id === one.audience)?.channels)?.join(", ") || "–"}</Table.Td>
                    {edits && <Table.Td><EntryActions version={version} document={document} list="announcements" entry={one} named={one.title} /></Table.Td>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Section>
      <Section title="Material" aside={edits && <AddEntry version={version} document={document} list="materials" />}>
        {materials.length === 0 ? (
          <Text size="sm" c="dimmed">No notes, training or support material is named.</Text>
        ) : (
          <Scroll label="Material, as a table">
            <Table aria-label="Material">
              <Table.Thead><Table.Tr><Table.Th scope="col">What</Table.Th><Table.Th scope="col">State</Table.Th><Table.Th scope="col" visibleFrom="sm">For whom</Table.Th><Table.Th scope="col" visibleFrom="sm">Owner</Table.Th>{change}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {materials.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Th scope="row" fw={400} className="tg-break">
                      <Group gap={6}>{one.title}<Text span size="xs" c="dimmed">{one.kind.replaceAll("-", " ")}</Text></Group>
                      {one.location && <Text size="xs" c="dimmed" className="tg-break">{one.location}</Text>}
                    </Table.Th>
                    <Table.Td><Mark sign={one.done ? IconCheck : IconCircleDashed} word={one.done ? "done" : "open"} tone={one.done ? "good" : "quiet"} /></Table.Td>
                    <Table.Td visibleFrom="sm">{titleOfAudience(document, one.audience) || "–"}</Table.Td>
                    <Table.Td visibleFrom="sm">{ownerName(document, one.owner)}</Table.Td>
                    {edits && <Table.Td><EntryActions version={version} document={document} list="materials" entry={one} named={one.title} /></Table.Td>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Section>
    </>
  );
}
