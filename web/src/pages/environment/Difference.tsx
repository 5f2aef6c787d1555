// Two environments side by side: only what differs, with the base behind each value that was inherited.
import { NativeSelect, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { diff } from "@/api/keeping";
import type { Named } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";

export function Difference({ environment, other, others }: { environment: string; other: string | undefined; others: string[] }) {
  const go = useNavigate({ from: "/environments/$environment" });
  return (
    <Stack>
      <NativeSelect
        label="Compare with" w={260} value={other ?? ""}
        onChange={(event) => void go({ search: (before) => ({ ...before, tab: "diff", with: event.currentTarget.value || undefined }) })}
        data={[{ value: "", label: others.length === 0 ? "there is no other one" : "choose one" }, ...others]}
      />
      {other === undefined ? (
        <Text size="sm" c="dimmed">
          Choose another environment to see what differs: versions, configuration, gates before it, secrets by fingerprint.
        </Text>
      ) : (
        <Compared environment={environment} other={other} />
      )}
    </Stack>
  );
}

function Compared({ environment, other }: { environment: string; other: string }) {
  const compared = useQuery(diff(environment, other));
  return (
    <Read of={compared}>
      {({ differences, same_secrets: same }) =>
        differences.length === 0 ? (
          <Empty title={`${environment} and ${other} do not differ`}>Versions, configuration, gates and secrets are the same.</Empty>
        ) : (
          <Stack gap="xs">
            <Scroll label="Differences, scrolls">
              <Table aria-label={`What differs between ${environment} and ${other}`} layout="fixed" miw={640}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col" w="34%">
                      What
                    </Table.Th>
                    <Table.Th scope="col">{environment}</Table.Th>
                    <Table.Th scope="col">{other}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {differences.map(({ path, here, there }) => (
                    <Table.Tr key={path}>
                      <Table.Th scope="row" className="tg-break">
                        {path}
                      </Table.Th>
                      <Side value={here} />
                      <Side value={there} />
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
            {same.length > 0 && (
              <Text size="sm" c="dimmed">
                The same value in both: {same.join(", ")}. A password of production does not belong anywhere else.
              </Text>
            )}
          </Stack>
        )
      }
    </Read>
  );
}

function Side({ value }: { value: Named<"WrittenValue"> | null | undefined }) {
  return (
    <Table.Td className="tg-break">
      {value == null ? (
        <Text size="sm" c="dimmed">
          not there
        </Text>
      ) : (
        <>
          <code>{value.value}</code>
          {value.inherited_from && (
            <Text size="xs" c="dimmed">
              from {value.inherited_from}
            </Text>
          )}
        </>
      )}
    </Table.Td>
  );
}
