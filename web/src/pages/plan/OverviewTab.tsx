// What a plan is for and who does it: objectives, roles with who decides, people and whether they can do it by then.
import { Card, Group, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconGavel } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { planCapacity } from "@/api/plans";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { AddEntry, ChangePlan, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { isFrozen } from "./useEdits";

export function OverviewTab({ plan, document, edits }: TabProps) {
  const { version } = plan;
  const { overview, objectives, roles, components, zone, freeze_on: freeze, ready_on: ready, template, notes } = document;
  // From the freeze on these stand.
  const open = edits && !isFrozen(plan.phase);
  return (
    <Stack gap="xl">
      <Section title="What it is for" aside={edits && <ChangePlan version={version} document={document} />}>
        {overview && <Text size="sm" style={{ whiteSpace: "pre-wrap" }} className="tg-break" maw="75ch">{overview}</Text>}
        <Facts
          of={[
            ["Code freeze", freeze ?? "no day is set"],
            ["Ready by", ready ?? "no day is set"],
            ["Time zone", zone],
            ...(template ? [["Template", `${template.name}, version ${template.version}`] as [string, string]] : []),
          ]}
        />
      </Section>
      <Section title="Objectives" aside={edits && <AddEntry version={version} document={document} list="objectives" />}>
        {objectives.length === 0 ? (
          <Text size="sm" c="dimmed">Nothing is said yet of what it is to reach.</Text>
        ) : (
          <Stack component="ul" gap={4} m={0} pl="lg">
            {objectives.map((objective) => (
              <li key={objective.id}>
                <Group gap="xs" justify="space-between" wrap="nowrap">
                  <Text size="sm" className="tg-break">{objective.text}</Text>
                  {edits && <EntryActions version={version} document={document} list="objectives" entry={objective} named={objective.text} />}
                </Group>
              </li>
            ))}
          </Stack>
        )}
      </Section>
      <Section title="Roles" aside={open && <AddEntry version={version} document={document} list="roles" />}>
        {roles.length === 0 ? (
          <Empty title="Nobody has a role yet">Each role votes before it goes out, and one of them makes the final call.</Empty>
        ) : (
          <Scroll label="Roles, as a table">
            <Table aria-label="Roles">
              <Table.Thead><Table.Tr><Table.Th scope="col">Role</Table.Th><Table.Th scope="col">Person</Table.Th><Table.Th scope="col" visibleFrom="sm">Responsibilities</Table.Th>{open && <Table.Th scope="col">Change</Table.Th>}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {roles.map((role) => (
                  <Table.Tr key={role.id} style={{ verticalAlign: "top" }}>
                    <Table.Th scope="row" fw={600}>
                      {role.name}
                      {role.decides && <div><Mark sign={IconGavel} word="decides" tone="moving" /></div>}
                      <Text size="xs" c="dimmed" hiddenFrom="sm" className="tg-break">{role.responsibilities}</Text>
                    </Table.Th>
                    <Table.Td>{role.person ?? <Text span size="sm" c="dimmed">nobody yet</Text>}</Table.Td>
                    <Table.Td visibleFrom="sm" className="tg-break">{role.responsibilities || "–"}</Table.Td>
                    {open && <Table.Td><EntryActions version={version} document={document} list="roles" entry={role} named={role.name} /></Table.Td>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Section>
      <Section title="Components" aside={open && <AddEntry version={version} document={document} list="components" />}>
        {components.length === 0 ? (
          <Text size="sm" c="dimmed">No component is named.</Text>
        ) : (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="xs">
            {components.map((component) => (
              <Card key={component.id} padding="sm">
                <Group justify="space-between" wrap="nowrap"><Text fw={600} className="tg-break">{component.id}</Text>{open && <EntryActions version={version} document={document} list="components" entry={component} named={component.id} />}</Group>
                <Text size="sm" c="dimmed" className="tg-break">{component.change || "Nothing is said of what changes."}</Text>
              </Card>
            ))}
          </SimpleGrid>
        )}
      </Section>
      <People plan={plan} document={document} edits={edits} />
      {notes.length > 0 && (
        <Section title="Notes">
          {notes.map(({ heading, text }) => (
            <div key={heading}>
              <Text fw={600} size="sm">{heading}</Text>
              <Text size="sm" style={{ whiteSpace: "pre-wrap" }} className="tg-break" maw="75ch">{text}</Text>
            </div>
          ))}
        </Section>
      )}
      <Text size="sm" c="dimmed">
        What was said and done with it stands in the <Link className="tg-link" style={{ textDecoration: "underline" }} to="/audit" search={{ kind: "plan.*" }}>audit trail</Link>.
      </Text>
    </Stack>
  );
}

function People({ plan: { version }, document, edits }: TabProps) {
  const [words, put] = useAddress();
  const on = words["on"] ?? "";
  const capacity = useQuery({ ...planCapacity(version, on), placeholderData: keepPreviousData });
  return (
    <Section title="People, and whether they can do it by then" aside={edits && <AddEntry version={version} document={document} list="people" />}>
      <Group align="flex-end" gap="md">
        <TextInput type="date" label="Wanted on" description="The day of the plan where empty" value={on} onChange={(event) => put({ on: event.currentTarget.value || undefined })} />
      </Group>
      <Read of={capacity}>
        {({ says, skills, feasible_on: feasible, bottleneck, drop }) => (
          <Stack gap="xs">
            {says.map((sentence) => <Text key={sentence} size="sm" className="tg-break">{sentence}</Text>)}
            <Facts
              of={[
                ["Feasible on", feasible ?? "never, with these people"],
                ...(bottleneck ? [["What holds it up", `${bottleneck.skill}: ${bottleneck.needed_hours} h needed, ${bottleneck.available_hours} h of ${bottleneck.people.join(", ") || "nobody"}`] as [string, string]] : []),
                ...(drop ? [[`To keep ${drop.wanted_on}`, `leave out ${drop.items.join(", ")} (${drop.hours} h)`] as [string, string]] : []),
                ...skills.map(({ skill, needed_hours: hours, people }) => [skill, `${hours} h; ${people.join(", ") || "nobody has it"}`] as [string, string]),
              ]}
            />
          </Stack>
        )}
      </Read>
      {document.people.length > 0 && (
        <Scroll label="People, as a table">
          <Table aria-label="People">
            <Table.Thead><Table.Tr><Table.Th scope="col">Person</Table.Th><Table.Th scope="col">Hours a week</Table.Th><Table.Th scope="col">Skills</Table.Th>{edits && <Table.Th scope="col">Change</Table.Th>}</Table.Tr></Table.Thead>
            <Table.Tbody>
              {document.people.map((person) => (
                <Table.Tr key={person.id}>
                  <Table.Th scope="row" fw={400}>{person.id}</Table.Th>
                  <Table.Td>{person.hours_per_week}</Table.Td>
                  <Table.Td className="tg-break">{person.skills?.join(", ") || "–"}{(person.days_off?.length ?? 0) > 0 && <Text size="xs" c="dimmed">off {person.days_off?.map(({ from, until }) => (from === until ? from : `${from} to ${until}`)).join(", ")}</Text>}</Table.Td>
                  {edits && <Table.Td><EntryActions version={version} document={document} list="people" entry={person} named={person.id} /></Table.Td>}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
    </Section>
  );
}
