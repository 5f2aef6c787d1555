"""What stands where, what happened, what was logged for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Looking(Base):
    """What stands where, what happened, what was logged."""

    async def environments(self) -> r.Records[r.Environment]:
        """What stands where."""
        return await self._run(self.manager.environments)

    async def environment(self, name: str) -> r.Environment:
        """One environment with every running instance."""
        return await self._run(self.manager.environment, name)

    async def diff_environments(self, environment: str, other: str) -> r.EnvironmentDiff:
        """How two environments differ, value by value, and where each value was written."""
        return await self._run(self.manager.diff_environments, environment, other)

    async def drift(self, environment: str) -> r.EnvironmentDrift:
        """How what runs and is routed differs from what was recorded, the worst first, and what mends it."""
        return await self._run(self.manager.drift, environment)

    async def why(self, release: AnyRelease | None=None, environment: str | None=None, *, waiting: bool=False) -> r.Records[r.Why]:
        """Why a release does not move, for every release and environment unless named, and what moves it."""
        return await self._run(self.manager.why, release, environment, waiting=waiting)

    async def logs(self, environment: str, component: str, *, version: str | None=None, instance: int | None=None, lines: int | None=None) -> r.Records[r.LogLine]:
        """The last lines that instances wrote."""
        return await self._run(self.manager.logs, environment, component, version=version, instance=instance, lines=lines)

    def follow_logs(self, environment: str, component: str, *, version: str | None=None, instance: int | None=None, lines: int | None=None) -> AsyncIterator[r.LogLine]:
        """The last lines, and new ones as they come."""
        return self._stream(lambda stop: self.manager.follow_logs(environment, component, version=version, instance=instance, lines=lines, stop=stop))

    async def events(self, *, after: int | None=None, stream: str | None=None, limit: int | None=None) -> r.Records[r.Event]:
        """The history, oldest first: one page above ``after``."""
        return await self._run(self.manager.events, after=after, stream=stream, limit=limit)

    def follow_events(self, *, after: int | None=None, stream: str | None=None) -> AsyncIterator[r.Event]:
        """The history as it grows, from now on unless ``after`` is given; nothing is missed when a connection breaks."""
        return self._stream(lambda stop: self.manager.follow_events(after=after, stream=stream, stop=stop))

    async def audit(self, checkpoints: Iterable[Mapping[str, Any]]=()) -> r.Audit:
        """Verifies the whole history, also against what was kept outside: ``[{"size": 300, "head": "9f…"}]``."""
        return await self._run(self.manager.audit, checkpoints)

    async def checkpoint(self) -> r.CheckpointState:
        """The newest signed head of the history, the key that verifies it, and where it was sent."""
        return await self._run(self.manager.checkpoint)

    async def prove(self, position: int, *, size: int | None=None, since: int | None=None) -> r.Proof:
        """That an event is part of the history (RFC 6962), and that it goes on from what it was at ``since``."""
        return await self._run(self.manager.prove, position, size=size, since=since)

    async def search_audit(self, *, person: str | None=None, release: AnyRelease | None=None, environment: str | None=None, kind: str | None=None, since_ms: int | None=None, until_ms: int | None=None, limit: int=100) -> r.Records[r.Event]:
        """Who did what, newest first; every condition that is given must hold. ``kind`` may end in ``*``."""
        return await self._run(self.manager.search_audit, person=person, release=release, environment=environment, kind=kind, since_ms=since_ms, until_ms=until_ms, limit=limit)

    def export_audit(self, *, after: int | None=None, until: int | None=None) -> AsyncIterator[r.AuditLine]:
        """The history with everything that its hashes are made of: which part it is, then each event, oldest first."""
        return self._stream(lambda stop: self.manager.export_audit(after=after, until=until, stop=stop))

    async def retention(self) -> r.Retention:
        """How long the history remembers from where somebody asked."""
        return await self._run(self.manager.retention)

    async def retain(self, origin_days: int | None) -> r.Retention:
        """Forgets from where somebody asked once it is so many days ago; never for ``None``. Events stay."""
        return await self._run(self.manager.retain, origin_days)

    async def health(self) -> r.Health:
        """Whether store and gateway are well."""
        return await self._run(self.manager.health)

    async def request(self, method: str, *path: str, query: Mapping[str, Any] | None=None, body: Mapping[str, Any] | None=None) -> Any:
        """Any route of the HTTP API under ``/api/v1``, for what has no method here; answers its JSON."""
        return await self._run(self.manager.request, method, *path, query=query, body=body)
