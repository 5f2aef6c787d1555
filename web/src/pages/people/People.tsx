// Who there is: people, service accounts and groups, and what each may do.
import { Group, Table, Tabs, Text } from "@mantine/core";
import { IconBan, IconCheck, IconRobot, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { people } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { Person } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Page, Read } from "@/parts/Page";
import { grantsInWords } from "@/parts/roles";
import { Scroll } from "@/parts/Scroll";
import { AddPerson } from "./AddPerson";
import { GroupForm } from "./GroupForm";
import { Groups } from "./Groups";

export function People() {
  const { tab: named } = useSearch({ from: "/known/people" });
  const go = useNavigate({ from: "/people" });
  const administers = useMay()("administer");
  const tab = named === "groups" ? "groups" : "people";
  return (
    <Page title="People" lead="Who leaves is disabled and not deleted, since the history names them." actions={administers && (tab === "people" ? <AddPerson /> : <GroupForm />)}>
      <Tabs value={tab} onChange={(to) => void go({ search: { tab: to === "groups" ? to : undefined } })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="people">People and service accounts</Tabs.Tab>
          <Tabs.Tab value="groups">Groups</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people">
          <Everybody />
        </Tabs.Panel>
        <Tabs.Panel value="groups">
          <Groups edits={administers} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Everybody() {
  const all = useQuery(people());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nobody is known yet" command="tidegate user create NAME --admin">
            Until somebody is, names are taken at their word and everybody on this machine may do everything.
          </Empty>
        ) : (
          <Scroll label="People, scrolls">
            <Table aria-label="People and service accounts" highlightOnHover miw={700}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Name</Table.Th>
                  <Table.Th scope="col">May</Table.Th>
                  <Table.Th scope="col">Groups</Table.Th>
                  <Table.Th scope="col">Signs in</Table.Th>
                  <Table.Th scope="col">State</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((person) => (
                  <Row key={person.name} person={person} />
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )
      }
    </Read>
  );
}

/** By what somebody proves who they are. */
export function signsIn({ kind, has_password: password, providers }: Person): string {
  if (kind === "service") return "by tokens";
  const ways = [...(password ? ["password"] : []), ...providers];
  return ways.length === 0 ? "not at all yet" : ways.join(", ");
}

function Row({ person }: { person: Person }) {
  const { name, display, kind, effective, groups, disabled } = person;
  const Sign = kind === "service" ? IconRobot : IconUser;
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <Group gap={6} wrap="nowrap">
          <Sign size={16} aria-label={kind === "service" ? "service account" : "person"} />
          <div>
            <Link className="tg-link" to="/people/$person" params={{ person: name }}>
              {name}
            </Link>
            {display !== name && (
              <Text size="xs" c="dimmed">
                {display}
              </Text>
            )}
          </div>
        </Group>
      </Table.Th>
      <Table.Td>{grantsInWords(effective)}</Table.Td>
      <Table.Td>{groups.length === 0 ? "–" : groups.join(", ")}</Table.Td>
      <Table.Td>{signsIn(person)}</Table.Td>
      <Table.Td>{disabled == null ? <Mark sign={IconCheck} word="active" tone="good" /> : <Mark sign={IconBan} word="disabled" tone="quiet" />}</Table.Td>
    </Table.Tr>
  );
}
