// One plan: where it stands in its life, and its parts, each under a tab of its own.
import "./plan.css";
import { Badge, Group, Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { plan as planQuery } from "@/api/plans";
import type { Plan } from "@/api/types";
import { PlanMark } from "@/pages/plans/words";
import { useAddress } from "@/parts/address";
import { Page, Read } from "@/parts/Page";
import { TabHeads } from "@/parts/TabHeads";
import { When } from "@/parts/When";
import { ComparisonTab } from "./ComparisonTab";
import { documentOf, type PlanDocument } from "./document";
import { DeploymentTab } from "./DeploymentTab";
import { Exports } from "./Exports";
import { GoNoGoTab } from "./GoNoGoTab";
import { HistoryTab } from "./HistoryTab";
import { Life, LifeActions } from "./Life";
import { MeetingsTab } from "./MeetingsTab";
import { OverviewTab } from "./OverviewTab";
import { ReadinessTab } from "./ReadinessTab";
import { RetrospectiveTab } from "./RetrospectiveTab";
import { RisksTab } from "./RisksTab";
import { ScheduleTab } from "./ScheduleTab";
import { ScopeTab } from "./ScopeTab";
import { TestsTab } from "./TestsTab";
import { useEdits } from "./useEdits";

/** What each part of a plan is shown from. */
export interface TabProps {
  plan: Plan;
  document: PlanDocument;
  /** Whether the document may be changed by whoever looks. */
  edits: boolean;
}

const TABS = [
  { value: "overview", label: "Overview", Tab: OverviewTab },
  { value: "scope", label: "Scope", Tab: ScopeTab },
  { value: "shipped", label: "Planned and shipped", Tab: ComparisonTab },
  { value: "schedule", label: "Schedule", Tab: ScheduleTab },
  { value: "readiness", label: "Readiness", Tab: ReadinessTab },
  { value: "tests", label: "Test cases", Tab: TestsTab },
  { value: "risks", label: "Risks", Tab: RisksTab },
  { value: "deployment", label: "Deployment", Tab: DeploymentTab },
  { value: "meetings", label: "Meetings", Tab: MeetingsTab },
  { value: "go-no-go", label: "Go or no-go", Tab: GoNoGoTab },
  { value: "retrospective", label: "Retrospective", Tab: RetrospectiveTab },
  { value: "history", label: "History", Tab: HistoryTab },
] as const;

export function PlanPage() {
  const { version } = useParams({ from: "/known/plans/$version" });
  const one = useQuery(planQuery(version));
  const plan = one.data;
  const document = plan && documentOf(plan);
  return (
    <Page
      title={`Plan of ${version}`}
      marks={plan && document && <><PlanMark state={plan.state} />{document.kind !== "planned" && <Badge>{document.kind}</Badge>}</>}
      lead={plan && document && <Lead plan={plan} title={document.title} />}
      actions={
        plan && (
          <>
            <Exports version={version} />
            <LifeActions plan={plan} />
          </>
        )
      }
    >
      <Read of={one}>{(known) => <Parts plan={known} />}</Read>
    </Page>
  );
}

function Lead({ plan, title }: { plan: Plan; title: string }) {
  return (
    <Stack gap={2}>
      <span>{title}</span>
      <Group gap={6} style={{ rowGap: 0 }}>
        <span>Written by {plan.written.by} <When ms={plan.written.at_ms} /></span>
        {plan.candidate && (
          <>
            <span aria-hidden>·</span>
            <span>rc.{plan.candidate.number} is <Link className="tg-link" to="/releases/$version" params={{ version: plan.candidate.release }}>{plan.candidate.release}</Link></span>
          </>
        )}
      </Group>
    </Stack>
  );
}

function Parts({ plan }: { plan: Plan }) {
  const [words, put] = useAddress();
  const edits = useEdits(plan);
  const document = documentOf(plan);
  const tab = TABS.find(({ value }) => value === words["tab"])?.value ?? "overview";
  return (
    <Stack gap="md">
      <Life plan={plan} />
      <Tabs value={tab} onChange={(to) => put({ tab: to === "overview" || to === null ? undefined : to, group: undefined, text: undefined, waits: undefined, release: undefined })} keepMounted={false}>
        <TabHeads tabs={TABS} />
        {TABS.map(({ value, Tab }) => (
          <Tabs.Panel key={value} value={value}>
            <Tab plan={plan} document={document} edits={edits} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
