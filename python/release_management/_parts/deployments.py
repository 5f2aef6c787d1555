"""Releases on their way through environments."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from .. import records as r
from .._transport import Stop
from ..errors import TimedOut
from .base import AnyDeployment, AnyRelease, Progress, present, version_of
from .configuration import Configuration

_LOOK_EVERY_SECONDS = 0.4


def ids_of(deployment: AnyDeployment) -> list[str]:
    if isinstance(deployment, r.Deployment):
        return deployment.ids
    if isinstance(deployment, r.Rollout):
        return [str(deployment["id"])]
    return [deployment] if isinstance(deployment, str) else list(deployment)


class Deployments(Configuration):
    """Releases on their way through environments."""

    # --- deployments

    def plan_deployment(
        self, release: AnyRelease, target_environment: str, strategy: str | None = None
    ) -> r.PlannedDeployment:
        """What bringing a release into an environment would do, and why it could not be started now.

        A strategy with the name of the stage's own means that one with its knobs; another one means its defaults.
        """
        query = {"release": version_of(release), "strategy": self._other_strategy(target_environment, strategy)}
        found = self._transport.get("environments", target_environment, "outline", query=query)
        return self._of(r.PlannedDeployment, {**found, "asked_strategy": query["strategy"]})

    def start(
        self, plan: r.PlannedDeployment, *, supersede: bool = False, independent: bool = False
    ) -> r.Deployment:
        """Starts what was planned, as things stand now."""
        body = {
            "release": plan["release"],
            "strategy": plan.get("asked_strategy"),
            "supersede": supersede,
            "independent": independent,
        }
        return self._started(self._transport.post("environments", plan["environment"], "rollouts", body=body))

    def deploy(
        self,
        release: AnyRelease,
        environment: str,
        strategy: str | None = None,
        *,
        supersede: bool = False,
        independent: bool = False,
    ) -> r.Deployment:
        """Starts bringing a release into an environment."""
        body = {
            "release": version_of(release),
            "strategy": self._other_strategy(environment, strategy),
            "supersede": supersede,
            "independent": independent,
        }
        return self._started(self._transport.post("environments", environment, "rollouts", body=body))

    def promote(self, release: AnyRelease, to: str | None = None, *, supersede: bool = False) -> r.Deployment:
        """Into the next stage, or the one named, if it is verified in the one before."""
        body = {"to": to, "supersede": supersede}
        return self._started(self._transport.post("releases", version_of(release), "promotions", body=body))

    def deployment(self, ids: Iterable[str]) -> r.Deployment:
        """Rollouts by their ids, as one."""
        return self._of(r.Deployment, {"rollouts": [self.rollout(id).as_dict() for id in ids]})

    def wait(
        self,
        deployment: AnyDeployment,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> r.Deployment:
        """Until all of it has ended, however that is: look at ``succeeded`` and ``state``.

        ``progress`` is called with a rollout each time it changed. After ``timeout`` seconds :class:`errors.TimedOut`
        is raised and it goes on.
        """
        ids = ids_of(deployment)
        stop = stop or Stop()
        deadline = None if timeout is None else time.monotonic() + timeout
        ended = []
        for id in ids:
            last = None
            for last in self._changes(id, deadline, stop):
                if progress is not None:
                    progress(last)
            if last is None or not last.is_final:
                help = f"it goes on; wait again, or watch it: tidegate rollout watch {id}"
                raise TimedOut(f"{id} has not ended in the time given", help=help)
            ended.append(last.as_dict())
        return self._of(r.Deployment, {"rollouts": ended})

    def watch(self, rollout: r.Rollout | str, *, stop: Stop | None = None) -> Iterator[r.Rollout]:
        """A rollout as it is, and then each time it changed, until it has ended."""
        return self._changes(rollout if isinstance(rollout, str) else rollout["id"], None, stop or Stop())

    def rollouts(
        self, environment: str | None = None, state: str | None = None, limit: int | None = None
    ) -> r.Records[r.Rollout]:
        """The newest change first."""
        return self._pages(r.Rollout, ("rollouts",), {"environment": environment, "state": state}, limit)

    def rollout(self, id: str) -> r.Rollout:
        """One rollout with every step."""
        return self._of(r.Rollout, self._transport.get("rollouts", id))

    def smoke_tests(self, id: str, component: str | None = None) -> r.Records[r.SmokeTest]:
        """What a rollout's smoke tests were asked and answered, before traffic and again with all of it."""
        return self._list(r.SmokeTest, ("rollouts", id, "smoke-tests"), {"component": component})

    def samples(
        self, id: str, limit: int | None = None, *, after: datetime | None = None
    ) -> r.Records[r.Sample]:
        """What was measured in a rollout, oldest first: the newest, or the first after an instant."""
        after_ms = None if after is None else round(after.timestamp() * 1000)
        return self._list(r.Sample, ("rollouts", id, "samples"), {"limit": limit, "after_ms": after_ms})

    def hold(self, id: str, reason: str = "") -> r.Deployment:
        """A rollout stays where it is until somebody resumes it; the analysis goes on watching."""
        return self._act(id, "hold", {"reason": reason})

    def resume(self, id: str) -> r.Deployment:
        """Ends a hold, or lets a step go that waits for a person."""
        return self._act(id, "resume", {})

    def skip(self, id: str) -> r.Deployment:
        """Skips the steps that are left; the analysis goes on watching."""
        return self._act(id, "promote", {})

    def abort(self, id: str, reason: str = "") -> r.Deployment:
        """Stops a rollout and goes back; says nothing about the release."""
        return self._act(id, "abort", {"reason": reason})

    def roll_back(self, id: str, reason: str = "", over_seconds: int | None = None) -> r.Deployment:
        """Goes back because the release is bad, at once or over a time. After its end this is a new rollout."""
        return self._act(id, "rollback", {"reason": reason, "over_seconds": over_seconds})

    def _changes(self, id: str, deadline: float | None, stop: Stop) -> Iterator[r.Rollout]:
        last: dict[str, Any] | None = None
        while True:
            rollout = self.rollout(id)
            told = {key: value for key, value in rollout.as_dict().items() if key != "next"}
            if told != last:
                last = told
                yield rollout
            if rollout.is_final:
                return
            if deadline is not None and time.monotonic() > deadline:
                return
            if stop.wait(_LOOK_EVERY_SECONDS):
                return

    def _started(self, answer: Mapping[str, Any]) -> r.Deployment:
        return self.deployment(answer["rollouts"])

    def _act(self, id: str, verb: str, body: Mapping[str, Any]) -> r.Deployment:
        return self._started(self._transport.post("rollouts", id, verb, body=body))

    def _other_strategy(self, environment: str, strategy: str | None) -> str | None:
        """None where it is the stage's own, which has knobs that a name does not."""
        if strategy is None:
            return None
        strategy = strategy.replace("_", "-")
        stages = self.catalog()["stages"]
        own = next((stage["strategy"] for stage in stages if stage["environment"] == environment), None)
        return None if strategy == own else strategy
