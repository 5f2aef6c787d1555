// The five measures of delivery: each with what it counts, its value, its level and its trend; filters in the address, the rows
// behind each number one click away, the same as a table for spreadsheets.
import { Button, Card, Group, MultiSelect, SegmentedControl, SimpleGrid, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconDownload, IconGauge, IconListDetails } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { csvAt, measures as measuresQuery, type Asks } from "@/api/measures";
import { catalog } from "@/api/queries";
import type { Catalog, Measure, Measures as Answer, MeasureSpread, MeasuredRows } from "@/api/types";
import { Chart } from "@/pages/rollout/Chart";
import { useAddress } from "@/parts/address";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { zone } from "@/parts/time";
import { LINES, trendData, trendRange, trendSummary } from "./plots";
import { Rows } from "./Rows";
import { asksOf, changeWords, length, LEVELS, NAMES, onAxis, PERIODS, rowsOf, valueIn } from "./words";

export function Measures() {
  const [words, put] = useAddress();
  const { components, teams, environments, from, to, period, rows, after } = words;
  const asks = useMemo(() => asksOf({ components, teams, environments, from, to, period }, zone), [components, teams, environments, from, to, period]);
  const read = useQuery(measuresQuery(asks));
  const house = useQuery(catalog()).data;
  const shown = rowsOf(rows);
  return (
    <Page
      title="Measures"
      lead={read.data ? <Lead of={read.data} /> : "How software is delivered: the five measures of DORA, counted from what Tidegate did."}
      actions={<Button component="a" href={csvAt(asks)} download="measures.csv" variant="default" leftSection={<IconDownload size={15} aria-hidden />}>CSV</Button>}
    >
      <Filters words={words} put={put} house={house} asks={asks} />
      <Read of={read}>
        {(answer) => (
          <Stack gap="xl">
            {answer.environments.length === 0 && (
              <Empty title="No environment counts as production" command="tidegate apply tidegate.yaml">
                Only what reaches users is measured. Say which environments users are in: <code>tier: production</code> in tidegate.yaml.
              </Empty>
            )}
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
              {answer.measures.map((measure) => (
                <MeasureCard key={measure.name} measure={measure} answer={answer} chosen={shown === measure.name} choose={() => put({ rows: shown === measure.name ? undefined : measure.name, after: undefined })} />
              ))}
              <Counted answer={answer} chosen={shown === "errors"} choose={() => put({ rows: shown === "errors" ? undefined : "errors", after: undefined })} />
            </SimpleGrid>
            {shown && <Rows key={shown} of={shown} asks={asks} after={after} go={(next) => put({ after: next })} close={() => put({ rows: undefined, after: undefined })} />}
            <Periods answer={answer} />
          </Stack>
        )}
      </Read>
    </Page>
  );
}

function Lead({ of: { from, to, environments, zone: days, table } }: { of: Answer }) {
  return <>Rollouts that ended in {environments.join(", ") || "no environment"}, {from} to {to} ({days}). Levels by {table.source}, {table.version}.</>;
}

interface FilterProps {
  words: Record<string, string | undefined>;
  put: (change: Record<string, string | undefined>) => void;
  house: Catalog | undefined;
  asks: Asks;
}

function Filters({ words, put, house, asks }: FilterProps) {
  const list = (word: string | undefined) => (word ?? "").split(",").filter(Boolean);
  const among = (known: string[], chosen: string[]) => [...new Set([...known, ...chosen])];
  const teams = [...new Set(Object.values(house?.components ?? {}).flatMap(({ team }) => (team ? [team] : [])))].sort();
  const pick = (label: string, name: string, known: string[]) => {
    const chosen = list(words[name]);
    return <MultiSelect label={label} placeholder={chosen.length === 0 ? "all" : undefined} data={among(known, chosen)} value={chosen} onChange={(now) => put({ [name]: now.join(",") || undefined, after: undefined })} clearable clearButtonProps={{ "aria-label": `All: ${label}` }} flex="1 1 170px" maw={{ sm: 280 }} />;
  };
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="What is measured">
      {pick("Components", "components", Object.keys(house?.components ?? {}))}
      {pick("Teams", "teams", teams)}
      {pick("Environments", "environments", house?.environments.map(({ name }) => name) ?? [])}
      <TextInput type="date" label="From" value={asks.from ?? ""} onChange={(event) => put({ from: event.currentTarget.value || undefined, after: undefined })} />
      <TextInput type="date" label="To" value={asks.to ?? ""} onChange={(event) => put({ to: event.currentTarget.value || undefined, after: undefined })} />
      <Stack gap={2}>
        <Text size="sm" fw={500} id="period-label">Period</Text>
        <SegmentedControl aria-labelledby="period-label" data={PERIODS.map((one) => ({ value: one, label: one }))} value={asks.period ?? "week"} onChange={(value) => put({ period: value === "week" ? undefined : value, after: undefined })} />
      </Stack>
    </Group>
  );
}

interface MeasureCardProps {
  measure: Measure;
  answer: Answer;
  chosen: boolean;
  choose: () => void;
}

function MeasureCard({ measure, answer, chosen, choose }: MeasureCardProps) {
  const { name, unit, definition, value, level } = measure;
  const data = useMemo(() => trendData(measure, answer.periods), [measure, answer.periods]);
  const range = useMemo(() => trendRange(answer.periods), [answer.periods]);
  return (
    <Card component="article" aria-label={NAMES[name]}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <div>
            <Text fw={600}>{NAMES[name]}</Text>
            <Text fz={28} fw={700} lh={1.2}>{valueIn(unit, value)}</Text>
          </div>
          {level ? <Mark sign={IconGauge} word={level} tone={LEVELS[level]} /> : <Text size="sm" c="dimmed">no level</Text>}
        </Group>
        <Text size="sm" className="tg-break">{definition}</Text>
        <Text size="xs" c="dimmed">{changeWords(measure)}</Text>
        {extras(measure, answer)}
        <Chart title={`By ${answer.period}`} lines={LINES} data={data} range={range} format={(one) => onAxis(unit, one)} least={unit === "share" ? 0.1 : 0.001} most={unit === "share" ? 1 : undefined} markers={NOTHING} sync="measures" summary={`${NAMES[name]}. ${trendSummary(measure)}`} />
        <Group>
          <RowsButton of={name} label={NAMES[name]} chosen={chosen} choose={choose} />
        </Group>
      </Stack>
    </Card>
  );
}

const NOTHING: readonly never[] = [];

function RowsButton({ of, label, chosen, choose }: { of: MeasuredRows; label: string; chosen: boolean; choose: () => void }) {
  return (
    <Button size="xs" variant="default" leftSection={<IconListDetails size={14} aria-hidden />} onClick={choose} aria-pressed={chosen} aria-label={`The rows of: ${label}`}>
      {chosen ? "Hide the rows" : of === "errors" ? "Which they are" : "The rows it comes from"}
    </Button>
  );
}

function extras({ name }: Measure, { total, active_days: active }: Answer): ReactNode {
  const spread = (what: string, of: MeasureSpread | null | undefined) => (of ? `${what}: median ${length(of.p50_ms)}, mean ${length(of.mean_ms)}, p75 ${length(of.p75_ms)}, p90 ${length(of.p90_ms)}, p95 ${length(of.p95_ms)} of ${of.count.toLocaleString()}` : null);
  const lines: (string | null)[] =
    name === "deployment-frequency" ? [`${count(total.deployments, "deployment")} on ${count(total.days_with_one, "day")} of ${total.days}`, active ? `${Number(active.mean.toFixed(1))} days with one in a week, on average; median ${active.median}, over ${count(active.weeks, "week")}` : null]
    : name === "change-lead-time" ? [spread("Commits", total.lead_of_commits), spread("Pull requests", total.lead_of_pull_requests)]
    : name === "change-fail-rate" ? [`${total.failed} failed of ${total.deployments}`]
    : name === "failed-deployment-recovery-time" ? [spread("Recoveries", total.recovery), total.unrecovered > 0 ? `${total.unrecovered} not restored yet` : null]
    : [`${total.unplanned} unplanned of ${total.deployments}: hotfixes and rollbacks`];
  return lines.flatMap((line) => (line === null ? [] : [<Text key={line} size="xs" className="tg-break">{line}</Text>]));
}

function Counted({ answer: { total }, chosen, choose }: { answer: Answer; chosen: boolean; choose: () => void }) {
  return (
    <Card component="article" aria-label="What is not counted">
      <Stack gap="xs">
        <Text fw={600}>What is not counted</Text>
        <Text fz={28} fw={700} lh={1.2}>{total.errors.toLocaleString()}</Text>
        <Text size="sm">Spans of time that would end before they begin, such as a commit authored after its rollout: they are shown as errors and are in no average.</Text>
        <Group><RowsButton of="errors" label="What is not counted" chosen={chosen} choose={choose} /></Group>
      </Stack>
    </Card>
  );
}

function Periods({ answer: { periods, measures } }: { answer: Answer }) {
  return (
    <Section title="By period">
      <Scroll label="Periods, as a table">
        <Table aria-label="Measures by period">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Period</Table.Th>
              <Table.Th scope="col">Deployments</Table.Th>
              {measures.map(({ name }) => <Table.Th scope="col" key={name}>{NAMES[name]}</Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {[...periods].reverse().map(({ name, is_over: over, figures }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row" fw={400} style={{ whiteSpace: "nowrap" }}>{name}{!over && <Text span size="xs" c="dimmed"> under way</Text>}</Table.Th>
                <Table.Td>{figures.deployments}</Table.Td>
                {measures.map(({ name: measure, unit, by_period: values }) => <Table.Td key={measure} style={{ whiteSpace: "nowrap" }}>{valueIn(unit, values.find((one) => one.period === name)?.value)}</Table.Td>)}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Section>
  );
}
