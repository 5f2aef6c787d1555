// What is told of a release: its notes by section, for whom each is, and the forms that change, leave out and add one. The whole list is
// written, and only in the place of the one that was seen.
import { Badge, Button, Checkbox, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { releaseNotes } from "@/api/queries";
import type { NoteSection, NoteWords, ReleaseNote, ReleaseNotes, WriteReleaseNote } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { Read, Section } from "@/parts/Page";
import { asWritten, AUDIENCES, SECTIONS, usualReaders } from "./notes";

export function Notes({ version }: { version: string }) {
  const read = useQuery(releaseNotes(version));
  const may = useMay()("create-release");
  return (
    <Section title="Notes" aside={may && read.data && <NoteForm notes={read.data} />}>
      <Read of={read}>{(notes) => <Told notes={notes} may={may} />}</Read>
    </Section>
  );
}

function Told({ notes, may }: { notes: ReleaseNotes; may: boolean }) {
  if (notes.notes.length === 0)
    return (
      <Text size="sm" c="dimmed">
        None are kept yet{notes.left_out.length > 0 && ", all were left out"}. <code>tidegate notes --release {notes.release} --keep</code> sends them from git.
      </Text>
    );
  return (
    <Stack gap="sm">
      {SECTIONS.filter(({ section }) => notes.notes.some(({ words }) => words.section === section)).map(({ section, title }) => (
        <div key={section}>
          <Text component="h3" size="sm" fw={600} m={0} mb={4}>{title}</Text>
          <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-label={title}>
            {notes.notes.filter(({ words }) => words.section === section).map((note) => <Note key={note.id} notes={notes} note={note} may={may} />)}
          </Stack>
        </div>
      ))}
      {notes.left_out.length > 0 && <Text size="xs" c="dimmed">{notes.left_out.length} left out.</Text>}
    </Stack>
  );
}

function Note({ notes, note, may }: { notes: ReleaseNotes; note: ReleaseNote; may: boolean }) {
  const { words, source, waits, issues, pull_requests: requests } = note;
  const named = [...requests, ...issues].join(", ");
  return (
    <li>
      <Group justify="space-between" align="flex-start" gap="xs" wrap="wrap">
        <Stack gap={2} flex="1 1 14rem" miw={0}>
          <Text size="sm" className="tg-break">
            {words.scope && <b>{words.scope}: </b>}
            {words.text}
            {named && ` (${named})`}
          </Text>
          {words.details && <Text size="xs" c="dimmed" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{words.details}</Text>}
          <Group gap={6}>
            {words.audiences?.map((audience) => <Badge key={audience} size="xs" variant="default">{audience}</Badge>)}
            {source && <Badge size="xs" color={waits ? "orange" : "gray"}>{waits ? "its source says otherwise now" : "written by people"}</Badge>}
          </Group>
          {waits && source && <Text size="xs" className="tg-break">Its source: {source.text}</Text>}
        </Stack>
        {may && (
          <Group gap={4}>
            <NoteForm notes={notes} note={note} />
            <LeaveOut notes={notes} note={note} />
          </Group>
        )}
      </Group>
    </li>
  );
}

const NEW: NoteWords = { section: "known-issues", text: "", details: "", audiences: [] };

function useWriteNotes(release: string) {
  const old = useOld();
  return async (notes: WriteReleaseNote[], headers: Record<string, string>) => {
    await api.PUT("/api/v1/releases/{version}/notes", { params: { path: { version: release } }, body: { notes }, headers });
    await old(["release-notes", release], ["announcement-preview"]);
  };
}

function NoteForm({ notes, note }: { notes: ReleaseNotes; note?: ReleaseNote }) {
  const write = useWriteNotes(notes.release);
  const [words, setWords] = useState<NoteWords>(NEW);
  const set = (part: Partial<NoteWords>) => setWords((before) => ({ ...before, ...part }));
  const named = note ? `: ${note.words.text.slice(0, 60)}` : "";
  return (
    <FormModal
      label={note ? `Change${named}` : "Add a note"} title={note ? "A note of the release" : "A new note"} send={note ? "Keep it" : "Add it"} done="It is kept."
      icon={note ? <IconPencil size={14} aria-hidden /> : <IconPlus size={14} aria-hidden />} of={`/api/v1/releases/${encodeURIComponent(notes.release)}/notes`} size="lg"
      button={note ? { size: "compact-xs", variant: "subtle", styles: { label: { maxWidth: "4rem" } } } : { size: "xs" }}
      begin={() => setWords(note?.words ?? NEW)}
      act={async (headers) => {
        const audiences = words.audiences?.length ? words.audiences : usualReaders(words.section);
        const mine: NoteWords = { ...words, audiences, text: words.text.trim(), scope: words.scope?.trim() || null };
        const all = notes.notes.map((one) => (one.id === note?.id ? { ...asWritten(one), words: mine, settled: true } : asWritten(one)));
        await write(note ? all : [...all, { words: mine }], headers);
      }}
    >
      <NativeSelect label="Section" value={words.section} onChange={(event) => set({ section: event.currentTarget.value as NoteSection })} data={SECTIONS.map(({ section, title }) => ({ value: section, label: title }))} />
      <TextInput label="In one line" required maxLength={2000} value={words.text} onChange={(event) => set({ text: event.currentTarget.value })} data-autofocus />
      <TextInput label="Part of the product" maxLength={100} value={words.scope ?? ""} onChange={(event) => set({ scope: event.currentTarget.value })} />
      <Textarea label="More about it" description="Markdown" autosize minRows={2} maxRows={12} maxLength={20_000} value={words.details} onChange={(event) => set({ details: event.currentTarget.value })} />
      <Checkbox.Group label="Who reads it" description="Where nobody is chosen, who usually reads that section" value={words.audiences ?? []} onChange={(chosen) => set({ audiences: AUDIENCES.filter((audience) => chosen.includes(audience)) })}>
        <Group mt="xs">{AUDIENCES.map((audience) => <Checkbox key={audience} value={audience} label={audience} />)}</Group>
      </Checkbox.Group>
      {note?.source && (
        <Group gap="xs">
          <Text size="xs" className="tg-break" flex="1 1 12rem">Its source: {note.source.text}</Text>
          <Button size="compact-xs" variant="default" onClick={() => note.source && setWords(note.source)}>Take what the source says</Button>
        </Group>
      )}
    </FormModal>
  );
}

function LeaveOut({ notes, note }: { notes: ReleaseNotes; note: ReleaseNote }) {
  const write = useWriteNotes(notes.release);
  return (
    <FormModal
      label={`Leave out: ${note.words.text.slice(0, 60)}`} title="Leave this note out?" send="Leave it out" done="It is left out." icon={<IconTrash size={14} aria-hidden />} danger
      of={`/api/v1/releases/${encodeURIComponent(notes.release)}/notes`} button={{ size: "compact-xs", variant: "subtle", styles: { label: { maxWidth: "5rem" } } }}
      act={(headers) => write(notes.notes.filter(({ id }) => id !== note.id).map(asWritten), headers)}
    >
      <Text size="sm" className="tg-break">{note.words.text}</Text>
      <Text size="sm">{note.commit ? "It stays out when the notes are told again from git." : "Nothing brings it back."}</Text>
    </FormModal>
  );
}
