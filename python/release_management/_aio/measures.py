"""How software is delivered: the five measures of DORA, and the incidents that count against rollouts for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Measuring(Base):
    """How software is delivered: the five measures of DORA, and the incidents that count against rollouts."""

    async def measures(self, *, components: Iterable[str]=(), teams: Iterable[str]=(), environments: Iterable[str]=(), from_: date | None=None, to: date | None=None, period: Literal['day', 'week', 'month']='week', zone: str | None=None) -> r.Measures:
        """The five measures of rollouts that ended in production, each with its definition, level and trend."""
        return await self._run(self.manager.measures, components=components, teams=teams, environments=environments, from_=from_, to=to, period=period, zone=zone)

    async def measure_rows(self, measure: Literal['deployment-frequency', 'change-lead-time', 'change-fail-rate', 'failed-deployment-recovery-time', 'mean-time-to-recovery', 'deployment-rework-rate', 'errors'], *, components: Iterable[str]=(), teams: Iterable[str]=(), environments: Iterable[str]=(), from_: date | None=None, to: date | None=None, period: Literal['day', 'week', 'month']='week', zone: str | None=None, limit: int | None=None) -> r.Records[r.MeasureRow]:
        """The rollouts that a figure came from, the newest first, each with why it counts."""
        return await self._run(self.manager.measure_rows, measure, components=components, teams=teams, environments=environments, from_=from_, to=to, period=period, zone=zone, limit=limit)

    async def open_incident(self, title: str, environment: str | None=None, *, component: str | None=None, severity: str | None=None, since: datetime | None=None, rollout: str | None=None, release: AnyRelease | None=None) -> r.Incident:
        """Tells that something is wrong for users; linked to a rollout or a release, that counts as failed."""
        return await self._run(self.manager.open_incident, title, environment, component=component, severity=severity, since=since, rollout=rollout, release=release)

    async def incidents(self, state: Literal['open', 'resolved'] | None=None, environment: str | None=None, limit: int | None=None) -> r.Records[r.Incident]:
        """The newest change first, without notes."""
        return await self._run(self.manager.incidents, state, environment, limit)

    async def incident(self, incident: str) -> r.Incident:
        """One incident, with everything that was said of it."""
        return await self._run(self.manager.incident, incident)

    async def link_incident(self, incident: str, *, rollout: str | None=None, release: AnyRelease | None=None, environment: str | None=None) -> r.Incident:
        """Says what caused it: a rollout, or a release, which is its newest rollout where the incident is."""
        return await self._run(self.manager.link_incident, incident, rollout=rollout, release=release, environment=environment)

    async def unlink_incident(self, incident: str, rollout: str) -> r.Incident:
        """Says that a rollout had nothing to do with it."""
        return await self._run(self.manager.unlink_incident, incident, rollout)

    async def resolve_incident(self, incident: str, at: datetime | None=None) -> r.Incident:
        """Says that it is over: now, or since then."""
        return await self._run(self.manager.resolve_incident, incident, at)

    async def reopen_incident(self, incident: str) -> r.Incident:
        """Says that it was not over."""
        return await self._run(self.manager.reopen_incident, incident)

    async def note_incident(self, incident: str, text: str) -> r.Incident:
        """Writes something down about it."""
        return await self._run(self.manager.note_incident, incident, text)
