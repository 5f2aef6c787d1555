"""Releases on their way through environments for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Deployments(Base):
    """Releases on their way through environments."""

    async def plan_deployment(self, release: AnyRelease, target_environment: str, strategy: str | None=None) -> r.PlannedDeployment:
        """What bringing a release into an environment would do, and why it could not be started now."""
        return await self._run(self.manager.plan_deployment, release, target_environment, strategy)

    async def start(self, plan: r.PlannedDeployment, *, supersede: bool=False, independent: bool=False) -> r.Deployment:
        """Starts what was planned, as things stand now."""
        return await self._run(self.manager.start, plan, supersede=supersede, independent=independent)

    async def deploy(self, release: AnyRelease, environment: str, strategy: str | None=None, *, supersede: bool=False, independent: bool=False) -> r.Deployment:
        """Starts bringing a release into an environment."""
        return await self._run(self.manager.deploy, release, environment, strategy, supersede=supersede, independent=independent)

    async def promote(self, release: AnyRelease, to: str | None=None, *, supersede: bool=False) -> r.Deployment:
        """Into the next stage, or the one named, if it is verified in the one before."""
        return await self._run(self.manager.promote, release, to, supersede=supersede)

    async def deployment(self, ids: Iterable[str]) -> r.Deployment:
        """Rollouts by their ids, as one."""
        return await self._run(self.manager.deployment, ids)

    def watch(self, rollout: r.Rollout | str) -> AsyncIterator[r.Rollout]:
        """A rollout as it is, and then each time it changed, until it has ended."""
        return self._stream(lambda stop: self.manager.watch(rollout, stop=stop))

    async def rollouts(self, environment: str | None=None, state: str | None=None, limit: int | None=None) -> r.Records[r.Rollout]:
        """The newest change first."""
        return await self._run(self.manager.rollouts, environment, state, limit)

    async def rollout(self, id: str) -> r.Rollout:
        """One rollout with every step."""
        return await self._run(self.manager.rollout, id)

    async def smoke_tests(self, id: str, component: str | None=None) -> r.Records[r.SmokeTest]:
        """What a rollout's smoke tests were asked and answered, before traffic and again with all of it."""
        return await self._run(self.manager.smoke_tests, id, component)

    async def samples(self, id: str, limit: int | None=None, *, after: datetime | None=None) -> r.Records[r.Sample]:
        """What was measured in a rollout, oldest first: the newest, or the first after an instant."""
        return await self._run(self.manager.samples, id, limit, after=after)

    async def hold(self, id: str, reason: str='') -> r.Deployment:
        """A rollout stays where it is until somebody resumes it; the analysis goes on watching."""
        return await self._run(self.manager.hold, id, reason)

    async def resume(self, id: str) -> r.Deployment:
        """Ends a hold, or lets a step go that waits for a person."""
        return await self._run(self.manager.resume, id)

    async def skip(self, id: str) -> r.Deployment:
        """Skips the steps that are left; the analysis goes on watching."""
        return await self._run(self.manager.skip, id)

    async def abort(self, id: str, reason: str='') -> r.Deployment:
        """Stops a rollout and goes back; says nothing about the release."""
        return await self._run(self.manager.abort, id, reason)

    async def roll_back(self, id: str, reason: str='', over_seconds: int | None=None) -> r.Deployment:
        """Goes back because the release is bad, at once or over a time. After its end this is a new rollout."""
        return await self._run(self.manager.roll_back, id, reason, over_seconds)
