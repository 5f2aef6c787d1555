// Where more is written, and the commands that do from a terminal what these pages do.
import { Stack, Table, Text } from "@mantine/core";
import { placed } from "@/api/place";
import { Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";

const COMMANDS: [string, string][] = [
  ["tidegate --help", "every command"],
  ["tidegate explain CODE", "what a refusal means and what to do next; its code stands under each problem here"],
  ["tidegate why VERSION", "why a release stands where it stands, and what moves it"],
  ["tidegate release create VERSION --component NAME=PATH", "make a release"],
  ["tidegate deploy VERSION --to ENVIRONMENT --wait", "ship it and watch"],
  ["tidegate rollout watch ID", "follow a rollout"],
  ["tidegate approve VERSION --to ENVIRONMENT", "sign a gate"],
  ["tidegate env drift ENVIRONMENT", "compare what runs with what was recorded"],
  ["tidegate audit verify", "work the whole log out again"],
];

export function Help() {
  return (
    <Stack gap="xl">
      <Section title="From a terminal">
        <Text size="sm" c="dimmed">
          Everything here can be done there, too: <code>tidegate --server {window.location.origin} login</code>
        </Text>
        <Scroll label="Commands, scrolls">
          <Table aria-label="Commands">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Command</Table.Th>
                <Table.Th scope="col">What it does</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {COMMANDS.map(([command, what]) => (
                <Table.Tr key={command}>
                  <Table.Th scope="row" fw={400}>
                    <code>{command}</code>
                  </Table.Th>
                  <Table.Td miw={200}>{what}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scroll>
      </Section>
      <Section title="For programs">
        <Text size="sm">
          The API is described by{" "}
          <a className="tg-link" href={placed("/api/v1/openapi.json")}>
            its OpenAPI document
          </a>
          ; a token proves who asks. Keys on these pages: press <kbd>?</kbd>.
        </Text>
      </Section>
    </Stack>
  );
}
