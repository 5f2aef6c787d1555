// Every plan: what it is for, where it stands, when it has to be ready; filters in the address.
import { Badge, Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { plans as plansQuery } from "@/api/plans";
import type { PlanSummary } from "@/api/types";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { listed } from "./listed";
import { phaseWord, PlanMark, STATES } from "./words";

const KINDS = [{ value: "", label: "All" }, "planned", "hotfix", "rollback"];

export function PlanList() {
  const [words, put] = useAddress();
  const { text = "", state = "", kind = "", before } = words;
  const all = useQuery({ ...plansQuery(before === undefined ? undefined : Number(before)), placeholderData: (known) => known });
  const items = all.data?.items;
  const wanted = useMemo(() => listed(items ?? [], { text, state, kind }), [items, text, state, kind]);
  const filtered = text !== "" || state !== "" || kind !== "";
  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        <TextInput label="Find" placeholder="Version, title, candidate" leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => put({ text: event.currentTarget.value })} miw={200} style={{ flex: "1 1 200px" }} maw={380} />
        <Select label="State" data={[{ value: "", label: "All" }, ...STATES.map((value) => ({ value, label: phaseWord(value) }))]} value={state} onChange={(value) => put({ state: value ?? "" })} allowDeselect={false} flex="1 1 130px" maw={180} />
        <Select label="Kind" data={KINDS} value={kind} onChange={(value) => put({ kind: value ?? "" })} allowDeselect={false} flex="1 1 130px" maw={180} />
      </Group>
      <Read of={all}>
        {({ items: every, next }) =>
          every.length === 0 && before === undefined ? (
            <Empty title="No plan yet" command="tidegate plan import plan.md --for 2.1.0">
              A plan holds what a release is for: its scope, who does what by when, what has to be ready, its risks with what to do
              then, and who decides. A plan that stands in a Markdown file comes in as it is.
            </Empty>
          ) : (
            <>
              {wanted.length === 0 ? (
                <Empty title={filtered ? "No plan here is like that" : "Nothing older"}>
                  {filtered && <Button variant="default" size="xs" mt={4} onClick={() => put({ text: "", state: "", kind: "" })}>Show all of them</Button>}
                </Empty>
              ) : (
                <PlanTable plans={wanted} />
              )}
              {(before !== undefined || next != null) && (
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={before === undefined} onClick={() => put({ before: undefined })}>Newest</Button>
                  <Button size="xs" variant="default" disabled={next == null} onClick={() => put({ before: String(next) })}>Older</Button>
                </Group>
              )}
            </>
          )
        }
      </Read>
    </Stack>
  );
}

function PlanTable({ plans }: { plans: PlanSummary[] }) {
  return (
    <Scroll label="Plans, as a table">
      <Table aria-label="Plans" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Release</Table.Th>
            <Table.Th scope="col">Stands</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">Candidate</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">Ready by</Table.Th>
            <Table.Th scope="col" visibleFrom="md">Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {plans.map(({ version, title, kind, state, candidate, ready_on: ready, changed_ms: changed }) => (
            <Table.Tr key={version} style={{ verticalAlign: "top" }}>
              <Table.Th scope="row" fw={400} maw={420}>
                <Group gap={6}>
                  <Link to="/plans/$version" params={{ version }} className="tg-link tg-break" style={{ fontWeight: 600 }}>
                    {version}
                  </Link>
                  {kind !== "planned" && <Badge>{kind}</Badge>}
                </Group>
                <Text size="sm" c="dimmed" className="tg-break" lineClamp={2}>{title}</Text>
                <Text size="xs" c="dimmed" hiddenFrom="sm">{[candidate && `rc.${candidate.number}`, ready && `ready by ${ready}`].filter(Boolean).join(", ")}</Text>
              </Table.Th>
              <Table.Td><PlanMark state={state} /></Table.Td>
              <Table.Td visibleFrom="sm" className="tg-break">{candidate ? `rc.${candidate.number}: ${candidate.release}` : "–"}</Table.Td>
              <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>{ready ?? "–"}</Table.Td>
              <Table.Td visibleFrom="md" style={{ whiteSpace: "nowrap" }}><When ms={changed} every={60_000} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
