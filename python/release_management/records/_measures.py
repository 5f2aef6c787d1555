"""How software is delivered, and when something was wrong for users."""

from __future__ import annotations

from datetime import datetime

from ._record import Record, Records


class Spread(Record):
    """How spans of time are spread, in milliseconds; percentiles are interpolated."""

    count: int
    mean_ms: float
    p50_ms: float
    p75_ms: float
    p90_ms: float
    p95_ms: float


class MeasureFigures(Record):
    """What the measures of a period are worked out from."""

    _nested = {"lead_of_commits": Spread, "lead_of_pull_requests": Spread, "recovery": Spread}
    deployments: int
    days: int
    days_with_one: int
    failed: int
    unplanned: int
    unrecovered: int
    errors: int
    lead_of_commits: Spread | None
    lead_of_pull_requests: Spread | None
    recovery: Spread | None


class MeasuredPeriod(Record):
    """A day, a week or a month."""

    _nested = {"figures": MeasureFigures}
    name: str
    first: str
    last: str
    is_over: bool
    figures: MeasureFigures


class Measure(Record):
    """One of the five."""

    name: str
    unit: str
    definition: str
    value: float | None
    level: str | None
    before: float | None
    change: float | None
    is_better: bool | None
    more_is_better: bool

    def _says(self) -> str:
        value = "nothing to measure" if self.value is None else f"{self.value:g} ({self.unit})"
        return f"{self.name}: {value}" + ("" if self.level is None else f", {self.level}")


class Measures(Record):
    """All five, of all periods together and by period."""

    _nested = {"measures": Measure, "periods": MeasuredPeriod, "total": MeasureFigures}
    zone: str
    period: str
    from_: str
    to: str
    environments: list[str]
    measures: Records[Measure]
    periods: Records[MeasuredPeriod]
    total: MeasureFigures

    def named(self, name: str) -> Measure:
        """One of the five, ``change-fail-rate``; ``mean-time-to-recovery`` is the fourth, too."""
        wanted = "failed-deployment-recovery-time" if name == "mean-time-to-recovery" else name
        for measure in self.measures:
            if measure.name == wanted:
                return measure
        raise KeyError(f"{name} is none of {', '.join(measure.name for measure in self.measures)}")

    def _says(self) -> str:
        return f"{self.from_} to {self.to}, {self.total.deployments} deployments in {', '.join(self.environments) or 'no environment'}"


class MeasureRow(Record):
    """A deployment, and what it counts for."""

    rollout: str
    release: str
    environment: str
    components: list[str]
    teams: list[str]
    kind: str
    outcome: str
    finished: datetime
    errors: list[str]
    commits_ms: list[int]
    pull_requests_ms: list[int]

    def _says(self) -> str:
        return f"{self.rollout}: {self.release} in {self.environment}, {self.kind}, {self.outcome}"


class IncidentNote(Record):
    """What somebody wrote down."""

    by: str
    at: datetime
    text: str


class Incident(Record):
    """When something was wrong for users."""

    _nested = {"notes": IncidentNote}
    id: str
    title: str
    severity: str | None
    environment: str | None
    component: str | None
    state: str
    detected: datetime
    resolved: datetime | None
    by: str
    rollouts: list[str]
    note_count: int
    notes: Records[IncidentNote]

    def _says(self) -> str:
        return f"{self.id} ({self.state}): {self.title}"

    def link(self, *, rollout: str | None = None, release: str | None = None) -> Incident:
        """Says what caused it."""
        return self._who().link_incident(self.id, rollout=rollout, release=release)

    def resolve(self, at: datetime | None = None) -> Incident:
        """Says that it is over."""
        return self._who().resolve_incident(self.id, at)
