// Activities over days: as foreseen today and as planned, what decides the end, what is late, and where each stands.
import { Button, Group, Menu, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconProgress, IconRoute2, IconX, type Icon } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { planSchedule, useAct } from "@/api/plans";
import type { PlanBar, PlanSchedule } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark, type Tone } from "@/parts/Mark";
import { Read } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { Scroll } from "@/parts/Scroll";
import { Conflicts } from "./Conflicts";
import { ownerName } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import { gantt, ganttSummary, lateWords, type Bar } from "./gantt";
import type { TabProps } from "./PlanPage";
import { Progress } from "./Progress";
import { Said } from "./Said";
import { useMarks } from "./useEdits";

const STATES: Record<PlanBar["state"], { sign: Icon; word: string; tone: Tone }> = {
  open: { sign: IconCircleDashed, word: "open", tone: "quiet" },
  "under-way": { sign: IconProgress, word: "under way", tone: "moving" },
  done: { sign: IconCheck, word: "done", tone: "good" },
  cancelled: { sign: IconX, word: "cancelled", tone: "quiet" },
};

export function ScheduleTab(props: TabProps) {
  const { plan, document, edits } = props;
  const read = useQuery(planSchedule(plan.version));
  return (
    <Stack gap="md">
      {edits && <Group justify="flex-end"><AddEntry version={plan.version} document={document} list="activities" /></Group>}
      <Read of={read}>
        {(schedule) => (
          <>
            <Conflicts conflicts={schedule.conflicts} />
            {schedule.rows.length === 0 ? (
              <Empty title="No activity yet">What has to be done by when, and what comes after what.</Empty>
            ) : (
              <Chart {...props} schedule={schedule} />
            )}
          </>
        )}
      </Read>
      <Progress version={plan.version} />
    </Stack>
  );
}

function Chart({ schedule, ...props }: TabProps & { schedule: PlanSchedule }) {
  const { bars, today, ticks } = gantt(schedule);
  const marks = useMarks(props.plan);
  return (
    <>
      <Text size="sm">{ganttSummary(schedule)}</Text>
      <Scroll label="The schedule, scrolls">
        <table className="tg-gantt" aria-label="Activities over time">
          <thead>
            <tr>
              <th scope="col">Activity</th>
              <th scope="col" className="tg-track">
                Time
                <span className="tg-ticks" aria-hidden>
                  {ticks.map(({ at, label }) => <span key={label} style={{ left: `${at}%` }}>{label.slice(5)}</span>)}
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => <Row key={bar.row.id} {...props} bar={bar} today={today} marks={marks} />)}
          </tbody>
        </table>
      </Scroll>
      <Text size="xs" c="dimmed">
        The bar is what is foreseen, the thin line below it what was planned where that is another; the dashed line is today, {schedule.today}. A frame
        marks what decides when all is over, stripes what is late.
      </Text>
    </>
  );
}

interface RowProps extends TabProps {
  bar: Bar;
  today: number | null;
  marks: boolean;
}

function Row({ plan, document, edits, bar: { row, left, width, planned }, today, marks }: RowProps) {
  const { id, name, owner, state, start, end, planned_start: plannedStart, planned_end: plannedEnd, after, slack_days: slack, critical, late } = row;
  const names = after.map((one) => document.activities.find((activity) => activity.id === one)?.name ?? one);
  const entry = document.activities.find((activity) => activity.id === id);
  const when = start == null ? "no date yet" : start === end || end == null ? start : `${start} to ${end}`;
  const was = plannedStart != null && (plannedStart !== start || plannedEnd !== end) ? `planned ${plannedStart} to ${plannedEnd ?? "?"}` : "";
  return (
    <tr>
      <th scope="row">
        <Text size="sm" fw={600} className="tg-break">{name}</Text>
        <Group gap={8} style={{ rowGap: 0 }}>
          <Mark {...STATES[state]} />
          {critical && state !== "cancelled" && <Mark sign={IconRoute2} word="decides the end" tone="warn" />}
          {late && <Mark sign={IconAlertTriangle} word={lateWords(late)} tone={late.how === "was-late" ? "quiet" : "bad"} />}
        </Group>
        <Text size="xs" c="dimmed" className="tg-break">
          {[ownerName(document, owner), when, was, names.length > 0 && `after ${names.join(", ")}`, !critical && slack > 0 && state !== "done" && state !== "cancelled" && `${slack} days of room`].filter(Boolean).join(" · ")}
        </Text>
        <Said said={plan.marks[`activity/${id}`]} />
        <Group gap={4} mt={2}>
          {marks && <StateMenu version={plan.version} id={id} name={name} state={state} />}
          {edits && entry && <EntryActions version={plan.version} document={document} list="activities" entry={entry} named={name} />}
        </Group>
      </th>
      <td className="tg-track">
        <div className="tg-lane" aria-hidden>
          {state !== "cancelled" && <span className="tg-bar" data-state={state} data-critical={critical || undefined} data-late={(late && late.how !== "was-late") || undefined} style={{ left: `${left}%`, width: `${width}%` }} title={`${name}: ${when}`} />}
          {planned && <span className="tg-planned" style={{ left: `${planned.left}%`, width: `${planned.width}%` }} title={was} />}
          {today !== null && <span className="tg-today" style={{ left: `${today}%` }} />}
        </div>
      </td>
    </tr>
  );
}

function StateMenu({ version, id, name, state }: { version: string; id: string; name: string; state: PlanBar["state"] }) {
  const act = useAct(version);
  const saying = useMutation({ mutationFn: (to: PlanBar["state"]) => act({ act: "activity", activity: id, state: to, note: null }) });
  return (
    <Stack gap={4}>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="compact-xs" variant="default" loading={saying.isPending} aria-label={`Where ${name} stands`}>Say where it stands ▾</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(STATES) as PlanBar["state"][]).filter((to) => to !== state).map((to) => (
            <Menu.Item key={to} onClick={() => saying.mutate(to)}>{STATES[to].word}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {saying.error && <ProblemView error={saying.error} />}
    </Stack>
  );
}
