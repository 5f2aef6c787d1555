// How a release went for its users: its deployments as the measures count them, its incidents, and what users say of it.
import { Card, Group, NumberInput, SimpleGrid, Stack, Table, Text, Textarea } from "@mantine/core";
import { IconAlertOctagon, IconArrowBackUp, IconCheck, IconMessagePlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { outcome as outcomeQuery } from "@/api/announcements";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import type { MeasureRow, ReleaseOutcome } from "@/api/types";
import { Answers } from "@/pages/announcements/Answers";
import { ratingWords } from "@/pages/announcements/words";
import { causeWords, leadWords, length } from "@/pages/measures/words";
import { FormModal } from "@/parts/FormModal";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { When } from "@/parts/When";

export function Outcome({ version }: { version: string }) {
  const read = useQuery(outcomeQuery(version));
  const adds = useMay()("add-evidence");
  return (
    <>
      <Section title="How it went">
        <Read of={read}>{(outcome) => <Went outcome={outcome} />}</Read>
      </Section>
      <Section title="What users say" aside={adds && <Bring version={version} />}>
        <Read of={read}>{(outcome) => <Said outcome={outcome} />}</Read>
      </Section>
    </>
  );
}

function Figure({ label, value, about }: { label: string; value: string; about: string }) {
  return (
    <Card component="article" aria-label={label} padding="sm">
      <Text size="xs" c="dimmed">{label}</Text>
      <Text fz={20} fw={700} lh={1.3}>{value}</Text>
      <Text size="xs" c="dimmed">{about}</Text>
    </Card>
  );
}

function Went({ outcome: { deployments, failed, rolled_back: back, lead_of_commits: lead, recovery, incidents } }: { outcome: ReleaseOutcome }) {
  if (deployments.length === 0) return <Text size="sm" c="dimmed">No rollout of it has reached users in production and is over. Its figures stand here then.</Text>;
  const open = incidents.filter(({ state }) => state === "open").length;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 2, sm: 4, lg: 2, xl: 4 }} spacing="xs">
        <Figure label="Lead time" value={lead ? length(lead.p50_ms) : "–"} about={lead ? `median of ${count(lead.count, "commit")}` : "no commit is known"} />
        <Figure label="Failed" value={`${failed} of ${deployments.length}`} about="deployments" />
        <Figure label="Rolled back" value={String(back)} about={recovery ? `restored after ${length(recovery.p50_ms)}` : "went back or undone"} />
        <Figure label="Incidents" value={String(incidents.length)} about={open > 0 ? `${open} open` : "none open"} />
      </SimpleGrid>
      {incidents.length > 0 && (
        <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: "none" }} aria-label="Incidents of this release">
          {incidents.map(({ id, title, state, severity, detected_ms: detected }) => (
            <li key={id}>
              <Group gap="sm" style={{ rowGap: 0 }}>
                {state === "open" ? <Mark sign={IconAlertOctagon} word="open" tone="bad" /> : <Mark sign={IconCheck} word="resolved" tone="good" />}
                <Link className="tg-link tg-break" to="/incidents/$incident" params={{ incident: id }}>{title}</Link>
                <Text size="xs" c="dimmed">{severity != null && `${severity}, `}<When ms={detected} /></Text>
              </Group>
            </li>
          ))}
        </Stack>
      )}
      <Scroll label="Deployments of this release">
        <Table aria-label="Deployments of this release">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">In</Table.Th>
              <Table.Th scope="col">It</Table.Th>
              <Table.Th scope="col">Lead times</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{deployments.map((row) => <Deployment key={row.rollout} row={row} />)}</Table.Tbody>
        </Table>
      </Scroll>
    </Stack>
  );
}

function Deployment({ row }: { row: MeasureRow }) {
  const { rollout, environment, kind, outcome, finished_ms: finished, failed } = row;
  const bad = outcome === "rolled-back" || kind === "rollback";
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Th scope="row" fw={500}><Link className="tg-link" to="/rollouts/$id" params={{ id: rollout }}>{environment}</Link></Table.Th>
      <Table.Td>
        <Mark sign={bad ? IconArrowBackUp : IconCheck} word={outcome === "rolled-back" ? "went back" : kind === "rollback" ? "took it back" : "succeeded"} tone={bad ? "bad" : "good"} />
        <Text size="xs" c="dimmed"><When ms={finished} /></Text>
        {failed.length > 0 && <Text size="xs" className="tg-break">failed: {failed.map(causeWords).join("; ")}</Text>}
      </Table.Td>
      <Table.Td>{leadWords(row)}</Table.Td>
    </Table.Tr>
  );
}

function Said({ outcome: { release, feedback } }: { outcome: ReleaseOutcome }) {
  const { count: all, average, ratings, answers } = feedback;
  if (average == null) return <Text size="sm" c="dimmed">Nobody has said anything yet. An announcement of the occasion feedback asks for it, and each on the public page leads to a form.</Text>;
  return (
    <Stack gap="sm">
      <Group gap="lg" align="flex-end">
        <div>
          <Text fz={28} fw={700} lh={1.2}>{average.toFixed(2)}</Text>
          <Text size="xs" c="dimmed">of 5, from {count(all, "answer")}</Text>
        </div>
        <Table aria-label="How often each rating was given" w="auto" verticalSpacing={0} withRowBorders={false} fz="xs">
          <Table.Tbody>
            {[5, 4, 3, 2, 1].map((rating) => (
              <Table.Tr key={rating}>
                <Table.Th scope="row" fw={400}>{ratingWords(rating)}</Table.Th>
                <Table.Td w={110} aria-hidden><div style={{ height: 8, borderRadius: 4, background: "var(--tg-moving)", width: `${(100 * (ratings[rating - 1] ?? 0)) / Math.max(1, all)}%` }} /></Table.Td>
                <Table.Td ta="right">{(ratings[rating - 1] ?? 0).toLocaleString()}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Group>
      <Answers of={answers} />
      <Text size="sm"><Link className="tg-link" to="/announcements" search={{ tab: "feedback", release }}>All of it</Link></Text>
    </Stack>
  );
}

/** What somebody told in another way: at the help desk, in the corridor. */
function Bring({ version }: { version: string }) {
  const [rating, setRating] = useState<number | "">("");
  const [text, setText] = useState("");
  const old = useOld();
  return (
    <FormModal
      label="Bring an answer" title={`What a user said of ${version}`} send="Bring it" done="It is counted." icon={<IconMessagePlus size={14} aria-hidden />} button={{ size: "xs" }}
      begin={() => {
        setRating("");
        setText("");
      }}
      act={async () => {
        await api.POST("/api/v1/releases/{version}/feedback", { params: { path: { version } }, body: { rating: Number(rating), text: text.trim() } });
        await old(["outcome", version], ["feedback"]);
      }}
    >
      <NumberInput label="Rating" required description="1 (bad) to 5 (good)" min={1} max={5} clampBehavior="strict" allowDecimal={false} value={rating} onChange={(value) => setRating(value === "" ? "" : Number(value))} data-autofocus />
      <Textarea label="In their words" autosize minRows={3} maxRows={10} maxLength={2000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
    </FormModal>
  );
}
