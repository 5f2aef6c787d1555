"""Releases, and what bringing them somewhere would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import _display
from ..errors import Refused, class_of
from ._gates import Gate
from ._record import Record, Records
from ._rollouts import Step

if TYPE_CHECKING:
    from ._gates import Evidence, Gates
    from ._rollouts import Deployment


class Artifact(Record):
    """What a component of a release runs from."""

    version: str
    digest: str | None


class Standing(Record):
    """How a release stands in one environment."""

    state: str
    rollout: str
    reason: str | None
    barred: bool


class Release(Record):
    """A named, frozen set of component versions."""

    _nested = {"components": Artifact, "standings": Standing}
    _by_name = frozenset({"components", "standings"})
    version: str
    kind: str
    change: str
    author: str
    created: datetime
    changed: datetime
    notes: list[str]
    components: dict[str, Artifact]
    standings: dict[str, Standing]

    def _says(self) -> str:
        places = ", ".join(f"{place} {standing['state']}" for place, standing in self["standings"].items())
        return f"{self.version} of {', '.join(self['components'])}{': ' + places if places else ''}"

    def refresh(self) -> Release:
        """As it is now."""
        return self._who().release(self["version"])

    def complete(self, components: Mapping[str, Any]) -> Release:
        """Gives components that were only named their artifacts, as long as it has been nowhere."""
        return self._who().complete_release(self, components)

    def plan(self, environment: str, strategy: str | None = None) -> PlannedDeployment:
        """What bringing it there would do."""
        return self._who().plan_deployment(self, environment, strategy)

    def deploy(self, environment: str, **options: Any) -> Deployment:
        """Starts bringing it into an environment."""
        return self._who().deploy(self["version"], environment, **options)

    def promote(self, to: str | None = None) -> Deployment:
        """Into the next stage, if it is verified in the one before."""
        return self._who().promote(self["version"], to)

    def gates(self, environment: str) -> Gates:
        """What keeps it out of an environment, or lets it in."""
        return self._who().gates(self["version"], environment)

    def add_evidence(self, report: Any, **purpose: Any) -> Evidence:
        """Adds a report about it."""
        return self._who().add_evidence(self["version"], report, **purpose)


class PlannedLeg(Record):
    """One component's part of a plan."""

    _nested = {"steps": Step}
    component: str
    stable: str | None
    candidate: str
    replicas: int
    listen: str | None
    runs: bool
    steps: Records[Step]

    def _says(self) -> str:
        runs = "" if self.runs else " (nothing to run yet)"
        way = " → ".join(step["name"] for step in self["steps"])
        return f"{self.component} {self.stable or 'nothing'} → {self.candidate}{runs}: {way}"


class RollbackTrigger(Record):
    """Takes a rollout back when the metric is over the threshold for the whole time."""

    metric: str
    threshold: float
    duration_seconds: int


class Refusal(Record):
    """The answer that a start would get."""

    code: str
    detail: str
    help: str

    def as_error(self) -> Refused:
        """What :meth:`PlannedDeployment.start` would raise."""
        error = class_of(self["code"])(self["detail"], help=self["help"])
        assert isinstance(error, Refused)
        return error


class PlannedDeployment(Record):
    """What bringing a release into an environment would do; nothing happens until :meth:`start`."""

    _nested = {"legs": PlannedLeg, "gates": Gate, "rollback_when": RollbackTrigger, "refusal": Refusal}
    release: str
    environment: str
    strategy: str
    digest: str
    judged: bool
    legs: Records[PlannedLeg]
    gates: Records[Gate]
    rollback_when: Records[RollbackTrigger]
    refusal: Refusal | None

    @property
    def ready(self) -> bool:
        """Whether it would start now."""
        return self["refusal"] is None

    def _says(self) -> str:
        refusal = self["refusal"]
        able = "ready" if refusal is None else f"would be refused ({refusal['code']}): {refusal['detail']}"
        by = f" by {self.strategy}" if self.strategy else ""
        return f"{self.release} to {self.environment}{by}, {able}"

    def _repr_html_(self) -> str:
        refusal = self["refusal"]
        told = {} if refusal is None else {"refused": refusal["detail"], "next step": refusal["help"]}
        steps = [{"component": leg["component"], **step} for leg in self["legs"] for step in leg["steps"]]
        return _display.card("Plan", self._says(), told) + _display.table(steps)

    def refresh(self) -> PlannedDeployment:
        """As it would be now."""
        return self._who().plan_deployment(self["release"], self["environment"], self["strategy"] or None)

    def start(self, *, supersede: bool = False, independent: bool = False) -> Deployment:
        """Starts it. Refused with the next step where a gate is closed or something has nothing to run yet."""
        return self._who().start(self, supersede=supersede, independent=independent)
