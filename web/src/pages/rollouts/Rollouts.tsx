// What moves now, each row by itself, and what moved.
import { Group, Select, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { environments } from "@/api/queries";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Page, Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { MovedTable } from "./MovedTable";
import { MovingRow } from "./MovingRow";
import { MOVING, useMoving } from "./useMoving";

const STATES = [
  { value: "", label: "All" },
  { value: "advancing", label: "Advancing" },
  { value: "held", label: "Held" },
  { value: "returning", label: "Going back" },
  { value: "waiting", label: "Waiting" },
  { value: "succeeded", label: "Succeeded" },
  { value: "rolled-back", label: "Rolled back" },
  { value: "cancelled", label: "Cancelled" },
];

export function Rollouts() {
  const [words, put] = useAddress();
  const { environment = "", state = "" } = words;
  const moves = useMoving();
  const names = (useQuery(environments()).data?.items ?? []).map(({ name }) => name);
  const ended = state !== "" && !(MOVING as readonly string[]).includes(state);
  return (
    <Page title="Rollouts" lead={moves.data ? `${count(moves.data.length, "rollout")} under way` : undefined}>
      <Group gap="sm" align="flex-end">
        <Select label="Environment" data={[{ value: "", label: "All" }, ...names]} value={environment} onChange={(value) => put({ environment: value ?? "", before: undefined })} allowDeselect={false} searchable w={200} />
        <Select label="State" data={STATES} value={state} onChange={(value) => put({ state: value ?? "", before: undefined })} allowDeselect={false} w={160} />
      </Group>
      {!ended && (
        <Section title="Under way">
          <Read of={moves}>
            {(found) => {
              const wanted = found.filter((one) => environment === "" || one.environment === environment);
              if (wanted.length === 0)
                return (
                  <Empty title="Nothing moves now" command="tidegate promote 1.0.0">
                    What is under way would stand here, live. A release sets out by this command, from its page, or by itself where its stage says so.
                  </Empty>
                );
              return (
                <Scroll label="Rollouts under way">
                  <Table aria-label="Rollouts under way" highlightOnHover>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th scope="col">Rollout</Table.Th>
                        <Table.Th scope="col">State</Table.Th>
                        <Table.Th scope="col">Share of requests</Table.Th>
                        <Table.Th scope="col" visibleFrom="md">Judgement</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>{wanted.map(({ id }) => <MovingRow key={id} id={id} state={state} />)}</Table.Tbody>
                  </Table>
                </Scroll>
              );
            }}
          </Read>
        </Section>
      )}
      {(state === "" || ended) && (
        <Section title="Ended">
          <MovedTable environment={environment} state={state} before={words["before"]} go={(before) => put({ before })} />
        </Section>
      )}
      {state !== "" && !ended && <Text size="sm" c="dimmed">What ended is left out: the filter asks for what moves.</Text>}
    </Page>
  );
}
