// One source of scope: what it reads, how far it is, what its labels mean, and everything that it holds.
import { Badge, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { scopeSource, trackedItems } from "@/api/scope";
import type { ScopeSource } from "@/api/types";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { count } from "@/parts/figures";
import { Page, Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";
import { BringTable, ReadNow, RemoveSource } from "./actions";
import { SetSource, useMaySet } from "./SetSource";
import { SourceMark, SourceStanding } from "./SourceMark";
import { itemWords, kindLabel, often, ruleWords } from "./words";

export function SourcePage() {
  const { source: name } = useParams({ from: "/known/plans/sources/$source" });
  const one = useQuery(scopeSource(name));
  return (
    <Page
      title={`Source ${name}`}
      marks={one.data && <SourceMark source={one.data} />}
      lead={<Link className="tg-link" to="/plans" search={{ tab: "sources" }}>Every source of scope</Link>}
      actions={one.data && <Actions source={one.data} />}
    >
      <Read of={one}>{(source) => <Parts source={source} />}</Read>
    </Page>
  );
}

function Actions({ source }: { source: ScopeSource }) {
  const may = useMay();
  const sets = useMaySet(source);
  const plans = may("create-release");
  return (
    <>
      {plans && source.kind !== "csv" && source.state !== "stopped" && <ReadNow source={source} />}
      {plans && source.kind === "csv" && <BringTable name={source.name} />}
      {sets && <SetSource source={source} />}
      {may("configure") && <RemoveSource source={source} />}
    </>
  );
}

function Parts({ source }: { source: ScopeSource }) {
  const { kind, project, base, milestone, labels, token, rules } = source;
  const plans = useMay()("create-release");
  const facts: [string, React.ReactNode][] = [
    ["Kind", kindLabel(kind)],
    ...(project ? [["Project", project] as [string, string]] : []),
    ...(base ? [["Address", <Code key="base" className="tg-break">{base}</Code>] as [string, React.ReactNode]] : []),
    ...(milestone ? [["Only the milestone", milestone] as [string, string]] : []),
    ...(labels.length > 0 ? [["Only with", labels.join(", ")] as [string, string]] : []),
    ...(kind === "csv" ? [] : [["Proved by", token ? `the secret ${token.secret} of ${token.environment}` : "nothing; what is public"] as [string, string]]),
    ["Read", often(source)],
  ];
  return (
    <Stack gap="xl">
      <SourceStanding source={source} again={plans && kind !== "csv" && <ReadNow source={source} />} />
      <Facts of={facts} />
      <Section title="What its labels and milestones mean">
        {rules.length === 0 ? (
          <Text size="sm" c="dimmed">The usual words, and no rule beside them.</Text>
        ) : (
          <Stack component="ol" gap={2} m={0} pl="lg">{rules.map((rule, index) => <li key={index}><Text size="sm" className="tg-break">{ruleWords(rule)}</Text></li>)}</Stack>
        )}
      </Section>
      <Items source={source} />
    </Stack>
  );
}

function Items({ source: { name } }: { source: ScopeSource }) {
  const [{ after }, put] = useAddress();
  const page = useQuery(trackedItems(name, after));
  return (
    <Section title="What it holds">
      <Read of={page}>
        {({ entries, next, total }) =>
          entries.length === 0 ? (
            <Empty title={total === 0 ? "Nothing was read yet" : "Nothing after that"}>{total > 0 && <Button size="xs" variant="default" mt={4} onClick={() => put({ after: undefined })}>From the first on</Button>}</Empty>
          ) : (
            <Stack gap="xs">
              <Text size="sm" c="dimmed">{count(total, "issue or change", "issues and changes")}, by their keys.</Text>
              <Scroll label="Items, scrolls">
                <Table aria-label={`What ${name} holds`} miw={640}>
                  <Table.Thead><Table.Tr><Table.Th scope="col">Key</Table.Th><Table.Th scope="col">Title</Table.Th><Table.Th scope="col">Stands</Table.Th><Table.Th scope="col">Changed</Table.Th></Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {entries.map((item) => (
                      <Table.Tr key={item.key} style={{ verticalAlign: "top" }}>
                        <Table.Th scope="row" fw={600}>{item.url && /^https?:/.test(item.url) ? <Away href={item.url}>{item.key}</Away> : item.key}</Table.Th>
                        <Table.Td className="tg-break">{item.title}{item.labels && item.labels.length > 0 && <Group gap={4} mt={2}>{item.labels.map((label) => <Badge key={label} variant="default" fw={400}>{label}</Badge>)}</Group>}</Table.Td>
                        <Table.Td>{itemWords(item)}</Table.Td>
                        <Table.Td style={{ whiteSpace: "nowrap" }}>{item.updated_ms == null ? "–" : <When ms={item.updated_ms} every={60_000} />}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Scroll>
              {(after !== undefined || next != null) && (
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={after === undefined} onClick={() => put({ after: undefined })}>First</Button>
                  <Button size="xs" variant="default" disabled={next == null} onClick={() => put({ after: next ?? undefined })}>Next</Button>
                </Group>
              )}
            </Stack>
          )
        }
      </Read>
    </Section>
  );
}
