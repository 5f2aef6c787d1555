// Sections and readers of notes, in the order in which they are told; what is written of a note that stands.
import type { NoteAudience, NoteSection, ReleaseNote, WriteReleaseNote } from "@/api/types";

export const AUDIENCES: readonly NoteAudience[] = ["users", "operators", "support"];

export const SECTIONS: readonly { section: NoteSection; title: string; readers: readonly NoteAudience[] }[] = [
  { section: "breaking", title: "Breaking changes", readers: AUDIENCES },
  { section: "features", title: "New features", readers: ["users", "support"] },
  { section: "improvements", title: "Improvements", readers: ["users", "support"] },
  { section: "fixes", title: "Fixes", readers: ["users", "support"] },
  { section: "performance", title: "Performance", readers: ["users", "support"] },
  { section: "known-issues", title: "Known issues", readers: AUDIENCES },
  { section: "upgrade", title: "Upgrade notes", readers: ["operators", "support"] },
  { section: "rollback", title: "Rollback notes", readers: ["operators"] },
  { section: "other", title: "Other changes (kept, not shown to readers)", readers: ["operators"] },
];

export function usualReaders(section: NoteSection): NoteAudience[] {
  return [...(SECTIONS.find((one) => one.section === section)?.readers ?? AUDIENCES)];
}

export function asWritten({ id, words }: ReleaseNote): WriteReleaseNote {
  return { id, words };
}
