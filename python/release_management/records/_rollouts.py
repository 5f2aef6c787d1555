"""Releases on their way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ._record import Record, Records

if TYPE_CHECKING:
    from .._parts.base import Progress


class Step(Record):
    """One rung of a rollout's way."""

    name: str
    weight: int | None
    dwell_seconds: int
    confirm: bool

    def _says(self) -> str:
        person = ", a person lets it go" if self.confirm else ""
        return f"{self.name} for {self.dwell_seconds} s{person}"


class Judgement(Record):
    """The newest word of the analysis."""

    verdict: str
    action: str
    evidence: float
    allowed_weight: int
    explanation: str

    def _says(self) -> str:
        return f"{self.verdict}: {self.explanation}"


class Leg(Record):
    """One component's part of a rollout."""

    _nested = {"judgement": Judgement, "plan": Step}
    component: str
    stable: str | None
    candidate: str
    step: int
    steps: int
    step_name: str
    stage: str
    weight: int | None
    wanted_weight: int
    candidate_ready: int
    candidate_wanted: int
    restarts: int
    reason: str | None
    judgement: Judgement | None
    plan: Records[Step]

    def _says(self) -> str:
        return f"{self.component} {self.stable or 'nothing'} → {self.candidate}, step {self.step} of {self.steps}"


class Hold(Record):
    """Who holds a rollout, and why."""

    by: str
    reason: str


class Rollout(Record):
    """One release moving through one strategy in one environment."""

    _nested = {"legs": Leg, "hold": Hold}
    id: str
    release: str
    environment: str
    kind: str
    strategy: str
    state: str
    cause: str | None
    started_by: str
    started: datetime
    changed: datetime
    component: str
    legs: Records[Leg]
    fault: str | None
    alarmed: bool
    past_return: bool = False

    FINAL: ClassVar[frozenset[str]] = frozenset({"succeeded", "rolled-back", "cancelled"})

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after this."""
        return self.state in self.FINAL

    @property
    def held_by(self) -> Hold | None:
        """Who holds it; ``hold`` is what you do to it."""
        held = self._data.get("hold")
        return None if held is None else Hold(held)

    @property
    def share(self) -> float | None:
        """The candidate's share of traffic, 0 to 1, as last read back; none while nobody answers."""
        legs = [leg for leg in self["legs"] if leg["component"] == self["component"]]
        weight = legs[0]["weight"] if legs else None
        return None if weight is None else weight / 10_000

    def _says(self) -> str:
        share = "" if self.share is None else f" at {self.share:.4g}".replace("at 1", "at all traffic")
        cause = f" ({self.cause})" if self.cause else ""
        return f"{self.id}: {self.release} to {self.environment} by {self.strategy}, {self.state}{share}{cause}"

    def refresh(self) -> Rollout:
        """As it is now."""
        return self._who().rollout(self["id"])

    def hold(self, reason: str = "") -> None:
        """It stays where it is until somebody resumes it."""
        self._who().hold(self["id"], reason)

    def resume(self) -> None:
        """Ends a hold, or lets a step go that waits for a person."""
        self._who().resume(self["id"])

    def skip(self) -> None:
        """Skips the steps that are left; the analysis goes on watching."""
        self._who().skip(self["id"])

    def abort(self, reason: str = "") -> None:
        """Stops it and goes back; says nothing about the release."""
        self._who().abort(self["id"], reason)

    def roll_back(self, reason: str = "", over_seconds: int | None = None) -> Deployment:
        """Goes back because the release is bad."""
        return self._who().roll_back(self["id"], reason, over_seconds)

    def watch(self) -> Iterator[Rollout]:
        """Each change, until it has ended."""
        return self._who().watch(self["id"])

    def wait(self, timeout: float | None = None, progress: Progress | None = None) -> Rollout:
        """Until it has ended."""
        return self._who().wait(self["id"], timeout=timeout, progress=progress).rollouts[0]

    def smoke_tests(self, component: str | None = None) -> Records[SmokeTest]:
        """What its smoke tests were asked and answered, in the order in which they are asked."""
        return self._who().smoke_tests(self["id"], component)

    def samples(self, limit: int | None = None) -> Records[Sample]:
        """What was measured."""
        return self._who().samples(self["id"], limit)


class Deployment(Record):
    """One or several rollouts that were started together."""

    _nested = {"rollouts": Rollout}
    rollouts: Records[Rollout]

    @property
    def ids(self) -> list[str]:
        """Of its rollouts."""
        return [rollout["id"] for rollout in self["rollouts"]]

    @property
    def is_final(self) -> bool:
        """Whether all of it has ended, as far as is known here (:meth:`refresh`)."""
        return all(rollout["state"] in Rollout.FINAL for rollout in self["rollouts"])

    @property
    def succeeded(self) -> bool:
        """Whether all of it stayed."""
        return all(rollout["state"] == "succeeded" for rollout in self["rollouts"])

    @property
    def state(self) -> str:
        """Of all of it: the first that is not ``succeeded``."""
        states = [rollout["state"] for rollout in self["rollouts"]]
        return next((state for state in states if state != "succeeded"), "succeeded")

    def _says(self) -> str:
        return "; ".join(Rollout(rollout)._says() for rollout in self["rollouts"])

    def refresh(self) -> Deployment:
        """As it is now."""
        return self._who().deployment(self.ids)

    def wait(self, timeout: float | None = None, progress: Progress | None = None) -> Deployment:
        """Until all of it has ended. ``progress`` is called with a rollout each time it changed."""
        return self._who().wait(self, timeout=timeout, progress=progress)

    def hold(self, reason: str = "") -> None:
        """It stays where it is until somebody resumes it."""
        for rollout in self.rollouts:
            rollout.hold(reason)

    def resume(self) -> None:
        """Ends a hold, or lets a step go that waits for a person."""
        for rollout in self.rollouts:
            rollout.resume()

    def skip(self) -> None:
        """Skips the steps that are left."""
        for rollout in self.rollouts:
            rollout.skip()

    def abort(self, reason: str = "") -> None:
        """Stops it and goes back."""
        for rollout in self.rollouts:
            rollout.abort(reason)

    def roll_back(self, reason: str = "", over_seconds: int | None = None) -> Deployment:
        """Goes back because the release is bad."""
        back = [rollout.roll_back(reason, over_seconds).ids for rollout in self.rollouts]
        return self._who().deployment([id for ids in back for id in ids])


class SmokeTest(Record):
    """One smoke test of a rollout, in one of its two phases."""

    component: str
    name: str
    phase: str
    state: str
    asks: str
    expected: str
    attempts: int | None
    took_ms: int | None
    seen: str | None
    output: str | None


class Sample(Record):
    """One measurement of a rollout, and what the analysis made of it."""

    at: datetime
    leg: int
    weight: int
    verdict: str
    explanation: str
