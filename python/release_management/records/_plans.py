"""Plans around releases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._gates import Gates
from ._record import Record, Records


class PlanSaid(Record):
    """Who said something, when, and in which words."""

    by: str
    at: datetime
    note: str | None


class PlanCandidate(Record):
    """A release that could go out by a plan."""

    number: int
    release: str

    def _says(self) -> str:
        return f"rc.{self.number} ({self.release})"


class PlanSummary(Record):
    """A plan in a list."""

    _nested = {"candidate": PlanCandidate}
    version: str
    title: str
    kind: str
    state: str
    candidate: PlanCandidate | None
    ready_on: str | None
    created: datetime
    changed: datetime

    def _says(self) -> str:
        return f"{self.version} is {self.state}: {self.title}"


class PlanVote(Record):
    """A role, who has it, and what they say about the candidate."""

    _nested = {"said": PlanSaid}
    role: str
    name: str
    person: str | None
    decides: bool
    choice: str | None
    said: PlanSaid | None

    def _says(self) -> str:
        return f"{self.role} ({self.person or 'nobody'}): {self.choice or 'has not voted'}"


class PlanCall(Record):
    """The final call, and the digest of what was seen."""

    _nested = {"said": PlanSaid}
    choice: str
    candidate: int
    digest: str
    said: PlanSaid


class PlanFile(Record):
    """A log or a picture of a run; :meth:`ReleaseManager.plan_file` gives its bytes."""

    name: str
    digest: str
    bytes: int

    def _says(self) -> str:
        return f"{self.name}, {self.bytes} bytes"


class PlanRun(Record):
    """The last run of a manual test case."""

    _nested = {"said": PlanSaid, "files": PlanFile}
    outcome: str
    candidate: int
    counts: bool
    files: Records[PlanFile]
    said: PlanSaid


class PlanTriage(Record):
    """Whether an item goes out with the release, and who said so."""

    _nested = {"said": PlanSaid}
    decision: str
    severity: str | None
    fix_risk: str | None
    late: bool
    said: PlanSaid


class Plan(Record):
    """A plan as it stands: what was written, with everything that was marked since."""

    _nested = {
        "written": PlanSaid,
        "moved": PlanSaid,
        "held": PlanSaid,
        "candidate": PlanCandidate,
        "call": PlanCall,
        "votes": PlanVote,
        "marks": PlanSaid,
        "runs": PlanRun,
        "triage": PlanTriage,
    }
    _by_name = frozenset({"marks", "runs", "triage"})
    version: str
    edition: int
    state: str
    phase: str
    steps: list[str]
    written: PlanSaid
    moved: PlanSaid
    held: PlanSaid | None
    candidate: PlanCandidate | None
    call: PlanCall | None
    votes: Records[PlanVote]
    marks: dict[str, PlanSaid]
    runs: dict[str, PlanRun]
    triage: dict[str, PlanTriage]
    matrix: dict[str, dict[str, str]]
    advice: dict[str, dict[str, str]]
    document: dict[str, Any]

    def _says(self) -> str:
        return f"{self.version} is {self.state}, edition {self.edition}"


class PlanBar(Record):
    """An activity in the chart; days are counted from the first one."""

    id: str
    name: str
    owner: str | None
    after: list[str]
    state: str
    planned_start: str | None
    planned_end: str | None
    days: int
    start: str | None
    end: str | None
    start_day: int
    end_day: int
    slack_days: int
    critical: bool
    late: dict[str, Any] | None


class PlanConflict(Record):
    """Somebody or something that holds the time of the deployment window, or of an activity."""

    activity: str | None
    kind: str
    who: str
    environment: str | None
    from_: datetime
    until: datetime
    says: str

    def _says(self) -> str:
        return self.says


class PlanConflicts(Record):
    """What stands in the way of a plan's times, and when the deployment window is free."""

    _nested = {"found": PlanConflict}
    environments: list[str]
    components: list[str]
    found: Records[PlanConflict]
    next_free: str | None

    def _says(self) -> str:
        return f"{len(self.found)} conflicts"


class PlanSchedule(Record):
    """Activities as a chart, as foreseen on a day."""

    _nested = {"rows": PlanBar, "conflicts": PlanConflicts}
    today: str
    rows: Records[PlanBar]
    critical_path: list[str]
    until: str | None
    conflicts: PlanConflicts

    def _says(self) -> str:
        return f"{len(self.rows)} activities until {self.until or 'no date'}"


class PlanCapacity(Record):
    """Whether the people can do the work by then."""

    feasible_on: str | None
    bottleneck: dict[str, Any] | None
    skills: list[dict[str, Any]]
    drop: dict[str, Any] | None
    says: list[str]

    def _says(self) -> str:
        return " ".join(self.says)


class PlanReadiness(Record):
    """What has to be ready, and what is not yet; its checklist items are `readiness["items"]`."""

    ready: bool
    cases: list[dict[str, Any]]
    areas: list[dict[str, Any]]
    audiences: list[dict[str, Any]]
    untriaged: list[str]
    stopping: list[str]

    def _says(self) -> str:
        return "ready" if self.ready else "not ready"


class PlanRisk(Record):
    """How risky the release is now."""

    score: dict[str, Any]
    standing: dict[str, Any]
    exposure: dict[str, Any]

    def _says(self) -> str:
        return f"risk score {self.score['score']} of 100"


class GoNoGo(Record):
    """What somebody sees who is to decide."""

    _nested = {
        "candidate": PlanCandidate,
        "call": PlanCall,
        "votes": PlanVote,
        "gates": Gates,
        "readiness": PlanReadiness,
    }
    version: str
    state: str
    phase: str
    candidate: PlanCandidate | None
    digest: str
    decider: str | None
    call: PlanCall | None
    goes: bool
    votes: Records[PlanVote]
    gates: Records[Gates]
    readiness: PlanReadiness
    risk_score: int

    def _says(self) -> str:
        return f"{self.version} is {self.state}, {self.decider or 'nobody'} decides"


class PlanImported(Record):
    """What was read of a plan in Markdown."""

    _nested = {"plan": Plan}
    plan: Plan | None
    document: dict[str, Any]
    remarks: list[dict[str, Any]]

    def _says(self) -> str:
        return f"{len(self.remarks)} remarks"


class PlanCasesImported(Record):
    """What an import of test cases did, or would do."""

    _nested = {"plan": Plan}
    plan: Plan | None
    added: list[str]
    changed: list[str]
    same: list[str]

    def _says(self) -> str:
        return f"{len(self.added)} added, {len(self.changed)} changed, {len(self.same)} as they were"


class PlanAdvice(Record):
    """The quietest windows first."""

    windows: list[dict[str, Any]]
    looked_at: int
    frozen: int
    at_night: int
    says: list[str]

    def _says(self) -> str:
        return " ".join(self.says)
