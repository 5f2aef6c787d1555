// Groups, who is in them, and what their members may do.
import { Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { groups } from "@/api/keeping";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { grantsInWords } from "@/parts/roles";
import { Scroll } from "@/parts/Scroll";
import { GroupForm } from "./GroupForm";

export function Groups({ edits }: { edits: boolean }) {
  const all = useQuery(groups());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="There is no group" command="tidegate group grant ops --role approver --environment production">
            A group gives its members roles together, and a gate can ask for one by name. Its members come from an identity
            provider, or are put into it on their own pages.
          </Empty>
        ) : (
          <Scroll label="Groups, scrolls">
            <Table aria-label="Groups" miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Group</Table.Th>
                  <Table.Th scope="col">Its members may</Table.Th>
                  <Table.Th scope="col">Members</Table.Th>
                  {edits && <Table.Th scope="col">Change</Table.Th>}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((group) => (
                  <Table.Tr key={group.name}>
                    <Table.Th scope="row">{group.name}</Table.Th>
                    <Table.Td>{grantsInWords(group.grants)}</Table.Td>
                    <Table.Td>
                      <Group gap="xs">
                        {group.people.length === 0
                          ? "nobody"
                          : group.people.map((person) => (
                              <Link key={person} className="tg-link" to="/people/$person" params={{ person }}>
                                {person}
                              </Link>
                            ))}
                      </Group>
                    </Table.Td>
                    {edits && (
                      <Table.Td>
                        <GroupForm group={group} />
                      </Table.Td>
                    )}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )
      }
    </Read>
  );
}
