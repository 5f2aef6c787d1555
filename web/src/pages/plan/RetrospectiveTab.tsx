// What was learnt: the retrospective's meeting, what it asked for, and where the record of this release stands.
import { Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Empty } from "@/parts/Empty";
import { Section } from "@/parts/Page";
import { ownerName } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import { Looked } from "./Looked";
import { MeetingCard } from "./MeetingsTab";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";
import { TickBox } from "./TickBox";
import { useMarks } from "./useEdits";

export function RetrospectiveTab({ plan, document, edits }: TabProps) {
  const { version, candidate } = plan;
  const meetings = document.meetings.filter(({ kind }) => kind === "retrospective");
  const marks = useMarks(plan);
  const release = candidate?.release ?? version;
  return (
    <Stack gap="xl">
      <Section title="The meeting">
        {meetings.length === 0 ? (
          <Empty title="No retrospective is planned">{edits ? "Add a meeting of that kind under Meetings; what came of it stands here, and can be said after the release too." : "What came of it would stand here."}</Empty>
        ) : (
          <Stack gap="xs">{meetings.map((meeting) => <MeetingCard key={meeting.id} plan={plan} document={document} meeting={meeting} edits={edits} />)}</Stack>
        )}
      </Section>
      <Looked plan={plan} may={marks} />
      <Section title="What retrospectives asked for" aside={edits && <AddEntry version={version} document={document} list="actions" />}>
        {document.actions.length === 0 ? (
          <Text size="sm" c="dimmed">Nothing is carried into this plan.</Text>
        ) : (
          <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-label="Actions">
            {document.actions.map((one) => (
              <li key={one.id}>
                <Group justify="space-between" align="flex-start" gap="xs">
                  <Stack gap={0} flex="1 1 16rem" miw={0}>
                    <TickBox version={version} label={one.text} checked={one.done === true} may={marks} act={(done) => ({ act: "action", action: one.id, done, note: null })} />
                    <Text size="xs" c="dimmed" pl={28}>{[one.owner ? ownerName(document, one.owner) : "nobody owns it", one.due && `due ${one.due}`, one.from && `from the retrospective of ${one.from}`].filter(Boolean).join(" · ")}</Text>
                    <div style={{ paddingLeft: 28 }}><Said said={plan.marks[`action/${one.id}`]} /></div>
                  </Stack>
                  {edits && <EntryActions version={version} document={document} list="actions" entry={one} named={one.text} />}
                </Group>
              </li>
            ))}
          </Stack>
        )}
      </Section>
      <Section title="The record">
        <Stack component="ul" gap={4} m={0} pl="lg">
          <li><Text size="sm"><Link className="tg-link" to="/releases/$version" params={{ version: release }}>The release {release}</Link>: where it was, its gates, evidence and rollouts.</Text></li>
          <li><Text size="sm"><Link className="tg-link" to="/audit" search={{ release }}>Its audit trail</Link>: who did what, when.</Text></li>
        </Stack>
      </Section>
    </Stack>
  );
}
