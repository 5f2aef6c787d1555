// The configuration of an environment, value by value, with where each is written.
import { Stack, Table, Text } from "@mantine/core";
import { IconArrowUpRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { configuration } from "@/api/keeping";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { effective, type Part } from "./effective";

export function Values({ environment }: { environment: string }) {
  const written = useQuery(configuration());
  return (
    <Read of={written}>
      {({ document }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            What <code>tidegate.yaml</code> says now. A version that stands there keeps what it was deployed with until the next
            one; <Link className="tg-link" to="/environments/$environment" params={{ environment }} search={{ tab: "drift" }}>drift</Link>{" "}
            shows where the two differ. The whole file is in the <Link className="tg-link" to="/settings" search={{ tab: "configuration" }}>settings</Link>.
          </Text>
          {effective(document as Record<string, unknown>, environment).map((part) => (
            <Of key={part.component ?? ""} part={part} environment={environment} />
          ))}
        </Stack>
      )}
    </Read>
  );
}

function Of({ part: { component, values }, environment }: { part: Part; environment: string }) {
  const title = component ?? "The environment, and variables of every instance";
  return (
    <Section title={title}>
      {values.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing is written; all defaults.
        </Text>
      ) : (
        <Scroll label={`${title}, scrolls`}>
          <Table aria-label={title} layout="fixed" miw={520}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col" w="30%">
                  Key
                </Table.Th>
                <Table.Th scope="col">Value</Table.Th>
                <Table.Th scope="col" w={190}>
                  Written at
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {values.map(({ key, value, from }) => (
                <Table.Tr key={key}>
                  <Table.Th scope="row" className="tg-break">
                    {key}
                  </Table.Th>
                  <Table.Td className="tg-break">
                    <code>{value}</code>
                  </Table.Td>
                  <Table.Td>{from === environment ? "here" : from === "component" ? "the component" : from === "a default" ? from : <Mark sign={IconArrowUpRight} word={`from ${from}`} tone="quiet" />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      )}
    </Section>
  );
}
