"""Scope from trackers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._record import Record


class ScopeStop(Record):
    """Why nothing more is read of a source, and what mends it."""

    code: str
    why: str
    help: str
    at: datetime

    def _says(self) -> str:
        return f"{self.why}; {self.help} ({self.code})"


class ScopeSource(Record):
    """Where issues and pull requests are tracked."""

    _nested = {"stop": ScopeStop}
    name: str
    kind: str
    base: str | None
    project: str | None
    milestone: str | None
    labels: list[str]
    token: dict[str, str] | None
    rules: list[dict[str, Any]]
    every_minutes: int
    state: str
    count: int
    gone: int
    pages: int
    read: datetime | None
    pause_until: datetime | None
    pause_why: str | None
    stop: ScopeStop | None
    edition: int

    def _says(self) -> str:
        return f"{self.name} ({self.kind} {self.project or ''}): {self.state}, {self.count} items"


class TrackedItem(Record):
    """An issue or a pull request, as its tracker has it."""

    key: str
    title: str
    url: str | None
    kind: str
    state: str
    labels: list[str]
    milestone: str | None
    author: str | None
    created: datetime | None
    updated: datetime | None
    closed: datetime | None
    is_change: bool
    closes: list[str]
    gone: datetime | None

    def _says(self) -> str:
        return f"{self.key} ({self.state}): {self.title}"


class ScopeRowTrouble(Record):
    """A row of a table that says nothing that can be kept."""

    line: int
    message: str

    def _says(self) -> str:
        return f"line {self.line}: {self.message}"


class ScopeImported(Record):
    """What became of a table."""

    _nested = {"source": ScopeSource, "troubles": ScopeRowTrouble}
    source: ScopeSource
    rows: int
    troubles: list[ScopeRowTrouble]
    left_out: int

    def _says(self) -> str:
        return f"{self.rows} rows, {self.left_out} left out"


class UntriagedItem(Record):
    """What a tracker has, and a plan has not decided on."""

    _nested = {"item": TrackedItem}
    source: str
    item: TrackedItem
    reason: str
    late: bool
    severity: str | None
    fix_risk: str | None
    advice: str | None
    advice_why: str | None

    def _says(self) -> str:
        late = ", late" if self.late else ""
        return f"{self.item.key} of {self.source} ({self.reason}{late}): {self.item.title}"


class ComparedItem(Record):
    """One of a plan or a release."""

    id: str
    title: str
    url: str | None
    late: bool
    left_out: bool
    commits: list[str]

    def _says(self) -> str:
        return f"{self.id}: {self.title}"


class ComparedCommit(Record):
    """A commit that names nothing that is known."""

    id: str
    title: str | None


class PlanComparison(Record):
    """What a release holds by its commits, beside what its plan wanted."""

    _nested = {
        "planned_in": ComparedItem,
        "planned_not_in": ComparedItem,
        "in_not_planned": ComparedItem,
        "unnamed": ComparedCommit,
    }
    release: str
    commits: int
    planned_in: list[ComparedItem]
    planned_not_in: list[ComparedItem]
    in_not_planned: list[ComparedItem]
    unnamed: list[ComparedCommit]
    unnamed_count: int

    def _says(self) -> str:
        return (
            f"{self.release}: {len(self.planned_in)} planned and in, {len(self.planned_not_in)} not in, "
            f"{len(self.in_not_planned)} not planned"
        )
