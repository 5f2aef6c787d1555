"""Looking back at releases, templates of plans, whose turn it is, and a plan's past."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._plans import PlanSaid
from ._record import Record


class LookedLine(Record):
    """Something that happened to a release."""

    at: datetime
    what: str
    who: str | None
    environment: str | None
    rollout: str | None

    def _says(self) -> str:
        return f"{self.at}: {self.what}"


class LookedWait(Record):
    """How long a release stood before a gate."""

    gate: str
    environment: str
    open: bool


class LookedRollback(Record):
    """A way back, and why."""

    at: datetime
    environment: str
    why: str


class LookedIncident(Record):
    """Something that was wrong for users."""

    at: datetime
    what: str
    resolved: datetime | None


class LookedMeasure(Record):
    """A measure of a release beside those before it."""

    measure: str
    unit: str
    this: float | None
    before: list[float | None]


class LookedFeedback(Record):
    """What users said."""

    count: int
    average: float | None


class LookedAction(Record):
    """Something to do, by somebody."""

    id: str
    text: str
    owner: str | None
    due: str | None
    done: bool


class Retrospective(Record):
    """A release looked back at."""

    _nested = {
        "timeline": LookedLine,
        "waits": LookedWait,
        "rollbacks": LookedRollback,
        "incidents": LookedIncident,
        "measures": LookedMeasure,
        "feedback": LookedFeedback,
        "actions": LookedAction,
        "said": PlanSaid,
    }
    release: str
    edition: int
    kind: str
    state: str
    zone: str
    summary: str
    timeline: list[LookedLine]
    waits: list[LookedWait]
    rollbacks: list[LookedRollback]
    incidents: list[LookedIncident]
    measures: list[LookedMeasure]
    compared_with: list[str]
    feedback: LookedFeedback | None
    went_well: list[str]
    to_improve: list[str]
    actions: list[LookedAction]
    said: PlanSaid | None

    def _says(self) -> str:
        return f"{self.release} is {self.state}: {len(self.rollbacks)} rollbacks, {len(self.actions)} actions"


class PlanTemplateBrief(Record):
    """A template of plans in a list."""

    _nested = {"said": PlanSaid}
    name: str
    kind: str
    version: int
    change: str
    own: bool
    said: PlanSaid | None
    newer: int | None

    def _says(self) -> str:
        return f"{self.name}, edition {self.version}"


class PlanTemplates(Record):
    """Templates of plans."""

    _nested = {"templates": PlanTemplateBrief}
    templates: list[PlanTemplateBrief]


class PlanTemplate(Record):
    """One edition of a template."""

    name: str
    version: int
    versions: list[int]
    change: str
    own: bool
    document: dict[str, Any]

    def _says(self) -> str:
        return f"{self.name}, edition {self.version}"


class PlanOpenAction(Record):
    """What a retrospective asked for and nobody has done yet."""

    id: str
    text: str
    owner: str | None
    due: str | None
    carried_by: list[str]


class PlanActions(Record):
    """What retrospectives asked for."""

    _nested = {"actions": PlanOpenAction}
    actions: list[PlanOpenAction]


class PlanHistoryEntry(Record):
    """An edition of a plan."""

    edition: int
    kind: str
    by: str
    at: datetime
    note: str | None
    places: list[str]

    def _says(self) -> str:
        return f"{self.edition}: {self.kind} by {self.by}"


class PlanHistory(Record):
    """Every edition of a plan, the newest first."""

    _nested = {"editions": PlanHistoryEntry}
    editions: list[PlanHistoryEntry]


class PlanChange(Record):
    """A place of a plan that changed."""

    _nested = {"said": PlanSaid}
    path: str
    how: str
    before: Any
    after: Any
    said: PlanSaid | None

    def _says(self) -> str:
        return f"{self.path} was {self.how}"


class PlanDifference(Record):
    """What two documents say otherwise."""

    _nested = {"changes": PlanChange}
    changes: list[PlanChange]


class PlanPoint(Record):
    """How much was to be done by a day, and was."""

    day: str
    planned: int
    done: int | None


class PlanDay(Record):
    """How far the work was on a day."""

    day: str
    scope: int
    scope_done: int
    tests: int
    tests_passed: int
    activities: int
    activities_done: int


class PlanProgress(Record):
    """How far the work was on each day against the plan."""

    _nested = {"points": PlanPoint, "days": PlanDay}
    today: str
    total_days: int
    planned_days: int
    done_days: int
    points: list[PlanPoint]
    days: list[PlanDay]


class PlanRotation(Record):
    """Whose turn it is to manage a release."""

    _nested = {"said": PlanSaid}
    role: str
    people: list[str]
    before: list[str]
    next: str | None
    why: str
    said: PlanSaid | None

    def _says(self) -> str:
        return f"{self.next or 'nobody'} is next as {self.role}"
