"""Named, frozen sets of component versions for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Releases(Base):
    """Named, frozen sets of component versions."""

    async def create_release(self, version: str | None=None, components: Iterable[str] | Mapping[str, Any]=(), changelog: Iterable[str]=(), *, bundle: r.Bundle | None=None, hotfix: bool=False, change: str | None=None, commits: Iterable[Mapping[str, Any]]=()) -> r.Release:
        """Makes a release: a named, frozen set of component versions."""
        return await self._run(self.manager.create_release, version, components, changelog, bundle=bundle, hotfix=hotfix, change=change, commits=commits)

    async def complete_release(self, release: AnyRelease, components: Mapping[str, Any]) -> r.Release:
        """Gives components that were only named their artifacts, as long as the release has been nowhere."""
        return await self._run(self.manager.complete_release, release, components)

    async def releases(self, limit: int | None=None) -> r.Records[r.Release]:
        """The newest change first."""
        return await self._run(self.manager.releases, limit)

    async def release(self, version: str) -> r.Release:
        """One release: what it holds, and where it stands."""
        return await self._run(self.manager.release, version)

    async def set_change(self, version: str, change: str) -> r.Release:
        """How much consent it needs: ``standard``, ``normal`` or ``emergency``."""
        return await self._run(self.manager.set_change, version, change)

    async def allow(self, version: str, environment: str) -> r.Release:
        """Lifts the bar that a rollback left: automation may bring the release there once more."""
        return await self._run(self.manager.allow, version, environment)
