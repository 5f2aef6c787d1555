"""Notes of releases."""

from __future__ import annotations

from ._record import Record


class NoteWords(Record):
    """What people may change of a note."""

    section: str
    scope: str | None
    text: str
    details: str
    audiences: list[str]

    def _says(self) -> str:
        return f"{self.section}: {self.text}"


class ReleaseNote(Record):
    """One of them; ``source`` is what its source says, where people changed it."""

    _nested = {"words": NoteWords, "source": NoteWords}
    id: str
    words: NoteWords
    issues: list[str]
    pull_requests: list[str]
    commit: str | None
    source: NoteWords | None
    waits: bool

    def _says(self) -> str:
        return f"{self.id} ({self.words.section}): {self.words.text}"


class ReleaseNotes(Record):
    """The notes of a release, whole."""

    _nested = {"notes": ReleaseNote}
    release: str
    notes: list[ReleaseNote]
    left_out: list[str]

    def _says(self) -> str:
        return f"{self.release}: {len(self.notes)} notes"


class ReleaseNotesRenewed(Record):
    """What telling them again did, by their ids."""

    _nested = {"notes": ReleaseNotes}
    new: list[str]
    changed: list[str]
    gone: list[str]
    waiting: list[str]
    too_many: int
    notes: ReleaseNotes

    def _says(self) -> str:
        return f"{self.notes.release}: {len(self.new)} new, {len(self.waiting)} waiting"
