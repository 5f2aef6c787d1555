"""Gates, evidence and the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .. import _display
from ._record import Record, Records


class Gate(Record):
    """One condition before a change."""

    name: str
    kind: str
    open: bool
    why: str
    who: str
    command: str
    since: datetime | None
    opens: datetime | None

    def _says(self) -> str:
        return f"{self.name} ({self.kind}) {'open' if self.open else 'closed'}: {self.why}"


class Gates(Record):
    """Every gate between a release and an environment."""

    _nested = {"gates": Gate}
    release: str
    environment: str
    open: bool
    digest: str
    gates: Records[Gate]

    @property
    def closed(self) -> Records[Gate]:
        """Those that keep it out."""
        return Records(gate for gate in self.gates if not gate.open)

    def _says(self) -> str:
        names = ", ".join(gate.name for gate in self.closed)
        return f"{self.release} to {self.environment}: {'open' if self.open else f'closed by {names}'}"

    def _repr_html_(self) -> str:
        return _display.card("Gates", self._says(), {}) + _display.table(self["gates"], ["name", "kind", "open", "why"])


class Finding(Record):
    """One thing that a report found."""

    id: str
    severity: str
    title: str
    location: str


class Evidence(Record):
    """A report that was added."""

    _nested = {"worst": Finding}
    id: str
    name: str
    format: str
    tool: str
    gate: str | None
    artifact: str | None
    findings: int
    file: dict[str, Any] | None

    def _says(self) -> str:
        return f"{self.name} ({self.format} by {self.tool}): {self.findings} findings"


class ReportedFinding(Finding):
    """One thing that a report found, and whether it counts."""

    fix: str | None
    suppressed: bool
    waived: bool


class EvidenceShown(Evidence):
    """A report with its findings."""

    _nested = {"worst": ReportedFinding}
    intact: bool
    scanned: int
    omitted: int


class Waiver(Record):
    """A finding that does not count for a time."""

    finding: str
    who: str
    why: str
    until: datetime


class EvidenceList(Record):
    """Everything that was added for a release."""

    _nested = {"reports": Evidence, "waivers": Waiver}
    reports: Records[Evidence]
    waivers: Records[Waiver]


class CalendarEntry(Record):
    """A freeze or a window."""

    name: str
    kind: str
    reason: str
    from_: str
    zone: str
    holds_now: bool

    def _says(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}{', holds now' if self.holds_now else ''}"


class Review(Record):
    """What one rollout of an emergency owes, or what was found when somebody looked back at it."""

    release: str
    environment: str
    rollout: str
    state: str
    author: str
    signed_by: list[str]
    ended: datetime
    due: datetime
    outcome: str | None
    note: str | None
    reviewed_by: str | None
    reviewed: datetime | None

    def _says(self) -> str:
        return f"{self.release} in {self.environment}: {self.outcome or self.state}"
