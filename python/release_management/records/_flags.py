"""Feature flags, as the control plane keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._record import Record, Records


class FlagServed(Record):
    """How often a variant was given."""

    variant: str
    count: int
    last: datetime

    def _says(self) -> str:
        return f"{self.variant}: {self.count}"


class FlagProposal(Record):
    """A change that waits for a second person."""

    id: int
    environment: str
    against: int
    stale: bool
    definition: dict[str, Any] | None
    on: bool | None
    edition: int | None
    by: str
    at: datetime
    reason: str | None

    def _says(self) -> str:
        return f"{self.id} for {self.environment} by {self.by}{', stale' if self.stale else ''}"


class FlagEnvironment(Record):
    """How a flag stands in one environment; in lists without its definition."""

    _nested = {"served": FlagServed}

    environment: str
    edition: int
    on: bool
    definition: dict[str, Any] | None
    changed_by: str
    approved_by: str | None
    changed: datetime
    reason: str | None
    evaluated: datetime | None
    served: Records[FlagServed]
    stale: str | None

    def _says(self) -> str:
        return f"{self.environment}: {'on' if self.on else 'off'}, edition {self.edition}"


class Flag(Record):
    """A flag: what people say about it, and how it stands where."""

    _nested = {"environments": FlagEnvironment, "proposals": FlagProposal}

    key: str
    kind: str
    owner: str | None
    description: str | None
    remove_by: datetime | None
    release: str | None
    archived: bool
    environments: Records[FlagEnvironment]
    proposals: Records[FlagProposal] | None
    waiting: int
    stale: str | None
    created: datetime
    changed: datetime

    def in_(self, environment: str) -> FlagEnvironment:
        """How it stands in one environment."""
        found = [one for one in self.environments if one.environment == environment]
        if not found:
            raise KeyError(environment)
        return found[0]

    def _says(self) -> str:
        places = ", ".join(f"{one.environment} {'on' if one.on else 'off'}" for one in self.environments)
        return f"{self.key}: {'archived' if self.archived else places or 'nowhere'}"


class FlagDifference(Record):
    """One place that became another."""

    path: str
    before: Any
    after: Any

    def _says(self) -> str:
        return f"{self.path}: {self.before!r} → {self.after!r}"


class FlagChange(Record):
    """One event of a flag's history."""

    _nested = {"differences": FlagDifference}

    position: int
    kind: str
    by: str
    approved_by: str | None
    at: datetime
    reason: str | None
    environment: str | None
    edition: int | None
    proposal: int | None
    differences: Records[FlagDifference]

    def _says(self) -> str:
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.kind}{where} by {self.by}"


class FlagExposurePoint(Record):
    """One step of an exposure; ``at`` is its end."""

    at: datetime
    given: list[int]

    def _says(self) -> str:
        return f"{sum(self.given)} given until {self.at:%Y-%m-%d %H:%M}"


class FlagExposure(Record):
    """What was given over time: ``points[i].given[j]`` says how often ``variants[j]`` was given in step ``i``."""

    _nested = {"points": FlagExposurePoint}

    from_: datetime
    until: datetime
    step_ms: int
    variants: list[str]
    points: Records[FlagExposurePoint]

    def _says(self) -> str:
        given = [sum(point.given[index] for point in self.points) for index in range(len(self.variants))]
        return ", ".join(f"{name}: {count}" for name, count in zip(self.variants, given)) or "nobody was given it"


class FlagNotImported(Record):
    """What did not come over, or came over as less than it meant."""

    key: str | None
    path: str
    why: str

    def _says(self) -> str:
        return f"{self.path}: {self.why}"


class FlagsImported(Record):
    """What became of each flag of a document, or would."""

    _nested = {"refused": FlagNotImported, "advice": FlagNotImported}

    created: list[str]
    changed: list[str]
    unchanged: list[str]
    refused: Records[FlagNotImported]
    advice: Records[FlagNotImported]
    dry_run: bool

    def _says(self) -> str:
        made, refused = len(self["created"]) + len(self["changed"]), len(self["refused"])
        return f"{made} {'would be' if self.dry_run else ''} created or changed, {refused} refused".replace("  ", " ")


class FlagEvaluation(Record):
    """What somebody gets, in OpenFeature's words."""

    key: str
    value: Any
    variant: str | None
    reason: str
    error_code: str | None
    message: str | None
    metadata: dict[str, Any]

    def _says(self) -> str:
        return f"{self.key}: {self.variant or self.error_code} ({self.reason})"


class FlagKey(Record):
    """By what programs may ask for the flags of one environment; never its secret."""

    id: str
    environment: str
    kind: str
    label: str
    issued_by: str
    issued: datetime
    expires: datetime | None
    revoked: bool
    valid: bool
    last_used: datetime | None

    def _says(self) -> str:
        return f"tdk_{self.id}, {self.kind}, {self.label}{'' if self.valid else ', opens nothing'}"
