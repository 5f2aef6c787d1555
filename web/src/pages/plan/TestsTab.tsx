// Manual test cases: what is done and expected, how the last run on this candidate went, and the next one.
import { Badge, Card, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconCircleX, IconHandStop, IconCheck } from "@tabler/icons-react";
import { useAct } from "@/api/plans";
import type { Plan, PlanOutcome } from "@/api/types";
import { OutcomeMark } from "@/pages/plans/words";
import { useAddress } from "@/parts/address";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { ActButton } from "./ActButton";
import { casesWanted } from "./cases";
import { ownerName, type PlanDocument, type TestCase } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import { ImportCases } from "./ImportCases";
import type { TabProps } from "./PlanPage";
import { RunFiles } from "./RunFiles";
import { Said } from "./Said";
import { useMarks } from "./useEdits";

const GROUPS = [{ value: "", label: "All" }, { value: "left", label: "Not passed" }, { value: "regression", label: "Regression" }, { value: "acceptance", label: "Acceptance" }];

export function TestsTab({ plan, document, edits }: TabProps) {
  const [words, put] = useAddress();
  const group = words["group"] ?? "";
  const { test_cases: cases } = document;
  const passed = cases.filter(({ id }) => plan.runs[id]?.counts && plan.runs[id]?.outcome === "passed").length;
  const add = edits && <Group gap="xs"><ImportCases version={plan.version} /><AddEntry version={plan.version} document={document} list="test_cases" /></Group>;
  if (cases.length === 0) {
    return <Empty title="No manual test case yet">What people try by hand before it goes out, and who signs it off.{add && <Group mt="xs">{add}</Group>}</Empty>;
  }
  const wanted = casesWanted(cases, plan.runs, group);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm">{plan.candidate ? `${passed} of ${cases.length} passed on rc.${plan.candidate.number}.` : `${cases.length} cases. A run counts once there is a candidate.`}</Text>
        {add}
      </Group>
      <SegmentedControl aria-label="Which cases" data={GROUPS} value={group} onChange={(value) => put({ group: value || undefined })} size="xs" style={{ alignSelf: "flex-start" }} />
      {wanted.length === 0 ? (
        <Text size="sm" c="dimmed">No case is like that.</Text>
      ) : (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Test cases">
          {wanted.map((test) => (
            <li key={test.id}>
              <Case plan={plan} document={document} test={test} edits={edits} />
            </li>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

function Case({ plan, document, test, edits }: { plan: Plan; document: PlanDocument; test: TestCase; edits: boolean }) {
  const { id, title, steps = [], expected, assignee, regression, acceptance, sets = [], feature } = test;
  const run = plan.runs[id];
  const marks = useMarks(plan);
  return (
    <Card padding="sm" component="article" aria-label={title}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={4} flex="1 1 18rem" miw={0}>
          <Group gap={8}>
            <Text size="sm" fw={600} className="tg-break">{title}</Text>
            <OutcomeMark outcome={run?.outcome} counts={run?.counts ?? false} />
            {regression && <Badge variant="default">regression</Badge>}
            {acceptance && <Badge variant="default">acceptance</Badge>}
            {sets.map((set) => <Badge key={set} variant="default">{set}</Badge>)}
            {feature && <Badge variant="default">for {feature}</Badge>}
          </Group>
          {steps.length > 0 && <ol className="tg-steps">{steps.map((step, index) => <li key={index}><Text size="sm" className="tg-break">{step}</Text></li>)}</ol>}
          {expected && <Text size="sm" className="tg-break"><b>Expected:</b> {expected}</Text>}
          <Text size="xs" c="dimmed">Run by {ownerName(document, assignee)}</Text>
          <Said said={run?.said} prefix={run ? (run.candidate === 0 ? "Before there was a candidate, " : `On rc.${run.candidate}, `) : ""} />
          <RunFiles plan={plan} test={test} marks={marks} />
        </Stack>
        <Group gap={4}>
          {marks && (
            <>
              <ActButton version={plan.version} act={{ act: "case", case: id, outcome: "passed", note: null }} label={`${title}: passed`} button={{ leftSection: <IconCheck size={14} aria-hidden /> }}>Passed</ActButton>
              <Went plan={plan} test={test} outcome="failed" />
              <Went plan={plan} test={test} outcome="blocked" />
            </>
          )}
          {edits && <EntryActions version={plan.version} document={document} list="test_cases" entry={test} named={title} />}
        </Group>
      </Group>
    </Card>
  );
}

function Went({ plan: { version }, test: { id, title }, outcome }: { plan: Plan; test: TestCase; outcome: Exclude<PlanOutcome, "passed"> }) {
  const act = useAct(version);
  const failed = outcome === "failed";
  return (
    <Confirm
      label={failed ? "Failed" : "Blocked"} danger={failed} title={`${title}: ${outcome}`} done={`${title}: ${outcome}.`} button={{ size: "compact-sm" }} icon={failed ? <IconCircleX size={14} aria-hidden /> : <IconHandStop size={14} aria-hidden />}
      consequences={[failed ? "The release is not ready while this stands." : "It could not be run: it counts as not passed."]}
      reason={{ label: "What was seen", needed: true }} act={(note) => act({ act: "case", case: id, outcome, note })}
    />
  );
}
