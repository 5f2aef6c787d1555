// Templates of plans: Tidegate's own, one for each kind of release, and the team's.
import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, got } from "@/api/client";
import { useMay } from "@/api/may";
import { planTemplates } from "@/api/planBook";
import type { PlanTemplateBrief } from "@/api/types";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { BringIn } from "./BringIn";

export function Templates() {
  const all = useQuery(planTemplates());
  const may = useMay()("create-release");
  return (
    <Read of={all}>
      {({ templates }) => (
        <Stack gap="xs">
          {!templates.some(({ own }) => own) && <Text size="sm" c="dimmed">None is the team&rsquo;s own yet: keep a plan as one, or copy one of Tidegate&rsquo;s from its page.</Text>}
          <Scroll label="Templates, scrolls">
            <Table aria-label="Templates" miw={640}>
              <Table.Thead>
                <Table.Tr><Table.Th scope="col">Name</Table.Th><Table.Th scope="col">Kind</Table.Th><Table.Th scope="col">Newest edition</Table.Th><Table.Th scope="col">Whose</Table.Th>{may && <Table.Th scope="col">Use</Table.Th>}</Table.Tr>
              </Table.Thead>
              <Table.Tbody>{templates.map((one) => <Row key={one.name} one={one} may={may} />)}</Table.Tbody>
            </Table>
          </Scroll>
        </Stack>
      )}
    </Read>
  );
}

function Row({ one: { name, kind, version, change, own, said, based_on: based, newer }, may }: { one: PlanTemplateBrief; may: boolean }) {
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row"><Link className="tg-link tg-break" to="/plans/templates/$name" params={{ name }}>{name}</Link></Table.Th>
      <Table.Td>{kind}</Table.Td>
      <Table.Td maw={320} className="tg-break">{version}{change && <Text size="xs" c="dimmed">{change}</Text>}</Table.Td>
      <Table.Td>
        {own ? <Badge variant="default">the team&rsquo;s</Badge> : "Tidegate's"}
        {said && <Text size="xs" c="dimmed">kept by {said.by} <When ms={said.at_ms} /></Text>}
        {based && <Text size="xs" c="dimmed">made from {based.name}, edition {based.version}</Text>}
      </Table.Td>
      {may && (
        <Table.Td>
          <Group gap={6}>
            <BeginFrom name={name} />
            {based && <UpdateTemplate name={name} from={based.name} edition={newer ?? null} />}
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

export function BeginFrom({ name }: { name: string }) {
  return (
    <Button component={Link} to="/plans" search={{ new: "yes", template: name } as never} size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} aria-label={`Begin a plan from ${name}`}>
      Begin a plan
    </Button>
  );
}

export function UpdateTemplate({ name, from, edition }: { name: string; from: string; edition: number | null }) {
  return <BringIn from={from} edition={edition} into={name} stream="plan-book" ask={() => got(api.POST("/api/v1/plan-templates/{name}/update", { params: { path: { name } }, body: {} }))} />;
}
