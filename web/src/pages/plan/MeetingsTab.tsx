// Meetings: when, about what, and what came of them.
import { Badge, Card, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconNotes } from "@tabler/icons-react";
import { useState } from "react";
import { useAct } from "@/api/plans";
import type { Plan } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { FormModal } from "@/parts/FormModal";
import type { Meeting, PlanDocument } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";
import { useMarks } from "./useEdits";

export function MeetingsTab({ plan, document, edits }: TabProps) {
  const { meetings } = document;
  const add = edits && <AddEntry version={plan.version} document={document} list="meetings" />;
  if (meetings.length === 0) {
    return <Empty title="No meeting yet">Planning, refinement, go or no-go, retrospective: when, about what, and what came of it.<Group mt="xs">{add}</Group></Empty>;
  }
  return (
    <Stack gap="md">
      {add && <Group justify="flex-end">{add}</Group>}
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Meetings">
        {meetings.map((meeting) => (
          <li key={meeting.id}>
            <MeetingCard plan={plan} document={document} meeting={meeting} edits={edits} />
          </li>
        ))}
      </Stack>
    </Stack>
  );
}

export function MeetingCard({ plan, document, meeting, edits }: { plan: Plan; document: PlanDocument; meeting: Meeting; edits: boolean }) {
  const { id, title, kind, at, minutes, agenda = [], outcome } = meeting;
  const marks = useMarks(plan);
  return (
    <Card padding="sm" component="article" aria-label={title}>
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start" gap="xs">
          <Stack gap={2} flex="1 1 16rem" miw={0}>
            <Group gap={8}><Text fw={600} size="sm" className="tg-break">{title}</Text><Badge variant="default">{kind.replaceAll("-", " ")}</Badge></Group>
            <Text size="xs" c="dimmed">{at ? `${at.replace("T", " ").slice(0, 16)}, ${document.zone}` : "no time yet"}{minutes ? `, ${minutes} minutes` : ""}</Text>
          </Stack>
          <Group gap={4}>
            {marks && <Outcome plan={plan} meeting={meeting} />}
            {edits && <EntryActions version={plan.version} document={document} list="meetings" entry={meeting} named={title} />}
          </Group>
        </Group>
        {agenda.length > 0 && <ol className="tg-steps">{agenda.map((one, index) => <li key={index}><Text size="sm" className="tg-break">{one}</Text></li>)}</ol>}
        {outcome ? <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}><b>What came of it:</b> {outcome}</Text> : <Text size="sm" c="dimmed">Nothing is said yet of what came of it.</Text>}
        {plan.marks[`meeting/${id}`] && <Said said={{ ...plan.marks[`meeting/${id}`]!, note: null }} prefix="Noted by " />}
      </Stack>
    </Card>
  );
}

function Outcome({ plan: { version }, meeting: { id, title, outcome } }: { plan: Plan; meeting: Meeting }) {
  const act = useAct(version);
  const [note, setNote] = useState("");
  return (
    <FormModal
      label="What came of it" title={`What came of: ${title}`} send="Keep it" done="It is kept." icon={<IconNotes size={14} aria-hidden />} button={{ size: "compact-xs" }}
      begin={() => setNote(outcome ?? "")} act={() => act({ act: "meeting", meeting: id, note: note.trim() })}
    >
      <Textarea label="What came of it" required autosize minRows={4} maxRows={20} maxLength={10_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}
