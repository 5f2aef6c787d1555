// The register of risks and the score of the whole: what may happen, how likely and how bad, what is done against it, and what
// to do when it has happened, started from here step by step.
import { Alert, Card, Group, Menu, Button, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconAlertOctagon, IconCheck, IconCircleDashed, type Icon } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { planRisk, useAct } from "@/api/plans";
import type { Plan, PlanRisk } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Facts } from "@/parts/Facts";
import { Mark, type Tone } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { ownerName, type PlanDocument, type Risk } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { Runbook } from "./Runbook";
import { Said } from "./Said";
import { useMarks } from "./useEdits";

const STATES: Record<Risk["state"], { sign: Icon; word: string; tone: Tone }> = {
  occurred: { sign: IconAlertOctagon, word: "has occurred", tone: "bad" },
  open: { sign: IconCircleDashed, word: "open", tone: "warn" },
  closed: { sign: IconCheck, word: "over", tone: "quiet" },
};

export function RisksTab({ plan, document, edits }: TabProps) {
  const read = useQuery(planRisk(plan.version));
  const add = edits && <AddEntry version={plan.version} document={document} list="risks" />;
  return (
    <Stack gap="xl">
      <Read of={read}>
        {(risk) => (
          <>
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
              <Score risk={risk} />
              <Matrix exposure={risk.exposure} />
            </SimpleGrid>
            <Section title="The register" aside={add}>
              {document.risks.length === 0 ? (
                <Empty title="No risk is named yet">What may happen, what is done against it, how one sees that it has happened, and what is done then.</Empty>
              ) : (
                <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Risks">
                  {inOrder(document.risks, risk).map((one) => (
                    <li key={one.id}>
                      <RiskCard plan={plan} document={document} risk={one} exposure={risk.exposure} edits={edits} />
                    </li>
                  ))}
                </Stack>
              )}
            </Section>
          </>
        )}
      </Read>
    </Stack>
  );
}

/** What has occurred, then what may still happen, the worst first, then what is over. */
function inOrder(risks: readonly Risk[], { exposure: { order } }: PlanRisk): Risk[] {
  const place = ({ id, state }: Risk) => (state === "occurred" ? -1 : state === "closed" ? order.length : order.findIndex((one) => one.id === id));
  return [...risks].sort((one, other) => place(one) - place(other));
}

function Score({ risk: { score, standing, exposure } }: { risk: PlanRisk }) {
  const part = (value: number | null | undefined) => (value == null ? "–" : value.toFixed(2));
  return (
    <Section title="Score">
      <Group gap="xs" align="baseline">
        <Text fz={40} fw={700} lh={1}>{score.score}</Text>
        <Text size="sm" c="dimmed">of 100; the higher, the riskier</Text>
      </Group>
      <Facts
        of={[
          ["Work", `${part(score.work)}: ${standing.work_closed} of ${standing.work_total} done`],
          ["Policy", `${part(score.policy)}: ${standing.policies_broken} of ${standing.policies_completed} gates, checks and tests say no`],
          ["Progress", part(score.progress)],
          ["Time", standing.days_left == null ? "no readiness date" : `${part(score.time)}: ${standing.days_left} days left`],
          ["Risks", `${exposure.open} open, ${exposure.occurred} occurred, ${exposure.closed} over`],
        ]}
      />
      <Text size="xs" c="dimmed">
        {score.time == null ? "100 · (0.5 work + 0.4 policy + 0.1 progress)" : "100 · (0.3 work + 0.4 policy + 0.1 progress + 0.2 time)"}
      </Text>
    </Section>
  );
}

const LEVELS = [5, 4, 3, 2, 1];

function Matrix({ exposure: { matrix } }: { exposure: PlanRisk["exposure"] }) {
  return (
    <Section title="Open risks by probability and impact">
      <table className="tg-matrix">
        <thead>
          <tr>
            <td aria-hidden />
            {[1, 2, 3, 4, 5].map((impact) => <th key={impact} scope="col">{impact}</th>)}
          </tr>
        </thead>
        <tbody>
          {LEVELS.map((probability) => (
            <tr key={probability}>
              <th scope="row">{probability}</th>
              {[1, 2, 3, 4, 5].map((impact) => {
                const worth = probability * impact;
                const many = matrix[probability - 1]?.[impact - 1] ?? 0;
                return <td key={impact} data-worth={worth >= 15 ? "high" : worth >= 8 ? "middle" : undefined}>{many === 0 ? "" : many}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="xs" c="dimmed">Rows: probability, from 1 (hardly) to 5 (almost surely). Columns: impact, from 1 (nobody notices) to 5 (the business stands still).</Text>
    </Section>
  );
}

interface RiskCardProps {
  plan: Plan;
  document: PlanDocument;
  risk: Risk;
  exposure: PlanRisk["exposure"];
  edits: boolean;
}

function RiskCard({ plan, document, risk, exposure, edits }: RiskCardProps) {
  const { id, description, probability, impact, state, mitigation, bound, trigger, owner, contingency = [] } = risk;
  const marks = useMarks(plan);
  const missing = exposure.order.find((one) => one.id === id)?.missing ?? [];
  return (
    <Card padding="sm" component="article" aria-label={description}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Stack gap={2} flex="1 1 18rem" miw={0}>
            <Group gap={8}>
              <Text fw={600} size="sm" className="tg-break">{description}</Text>
              <Mark {...STATES[state]} />
            </Group>
            <Text size="xs" c="dimmed">probability {probability} × impact {impact} = {probability * impact} · {owner ? ownerName(document, owner) : "nobody owns it"}</Text>
            <Said said={plan.marks[`risk/${id}`]} />
          </Stack>
          <Group gap={4}>
            {marks && <RiskState plan={plan} risk={risk} />}
            {edits && <EntryActions version={plan.version} document={document} list="risks" entry={risk} named={description} />}
          </Group>
        </Group>
        <Facts
          of={[
            ...(mitigation || bound ? [["Mitigation", <>{mitigation}{bound && <> {bound.kind === "flag" ? <>by the flag <Link className="tg-link" to="/flags/$key" params={{ key: bound.name }}>{bound.name}</Link></> : `by the ${bound.kind.replace("-", " ")} ${bound.name}`}</>}</>] as [string, React.ReactNode]] : []),
            ...(trigger ? [["Trigger", trigger] as [string, string]] : []),
          ]}
        />
        {missing.length > 0 && <Text size="xs" c="var(--tg-warn)">Not said yet: {missing.join(", ")}.</Text>}
        {contingency.length > 0 && (
          <div>
            <Text size="sm" fw={600} mb={4}>When it happens</Text>
            {state === "occurred" && <Alert color="red" p="xs" mb="xs" title="It has happened: work through these steps">Each press is kept with your name and the time.</Alert>}
            <Runbook plan={plan} steps={contingency} risk={id} label={`When it happens: ${description}`} />
          </div>
        )}
      </Stack>
    </Card>
  );
}

function RiskState({ plan: { version }, risk: { id, state, description } }: { plan: Plan; risk: Risk }) {
  const act = useAct(version);
  const saying = useMutation({ mutationFn: (to: Risk["state"]) => act({ act: "risk", risk: id, state: to, note: null }) });
  return (
    <Stack gap={4}>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="compact-xs" variant="default" loading={saying.isPending} aria-label={`What became of: ${description}`}>What became of it ▾</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(STATES) as Risk["state"][]).filter((to) => to !== state).map((to) => (
            <Menu.Item key={to} color={to === "occurred" ? "red" : undefined} onClick={() => saying.mutate(to)}>{STATES[to].word}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {saying.error && <ProblemView error={saying.error} />}
    </Stack>
  );
}
