"""Scope from trackers for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .. import records as r
from ._base import Base


class Scope(Base):
    """Scope from trackers."""

    async def scope_sources(self) -> r.Records[r.ScopeSource]:
        """Where issues and pull requests are tracked, and how far each was read."""
        return await self._run(self.manager.scope_sources)

    async def scope_source(self, name: str) -> r.ScopeSource:
        """One source, with how far it was read and what stopped it."""
        return await self._run(self.manager.scope_source, name)

    async def add_scope_source(self, name: str, kind: Literal['github', 'gitlab', 'csv'], project: str | None=None, *, base: str | None=None, milestone: str | None=None, labels: Sequence[str]=(), token: tuple[str, str] | None=None, rules: Sequence[Mapping[str, Any]]=(), every_minutes: int | None=None, edition: int | None=None) -> r.ScopeSource:
        """Adds a source, or sets the one of this name anew; it is read in the background from then on."""
        return await self._run(self.manager.add_scope_source, name, kind, project, base=base, milestone=milestone, labels=labels, token=token, rules=rules, every_minutes=every_minutes, edition=edition)

    async def refresh_scope_source(self, name: str) -> r.ScopeSource:
        """Reads what changed since it was read last; one that stopped is tried again from where it stood."""
        return await self._run(self.manager.refresh_scope_source, name)

    async def remove_scope_source(self, name: str, *, edition: int | None=None) -> r.ScopeSource:
        """Removes a source and what was read of it; what plans took in of it stays in them."""
        return await self._run(self.manager.remove_scope_source, name, edition=edition)

    async def import_scope(self, name: str, csv: str | bytes) -> r.ScopeImported:
        """Brings a table to a source of kind ``csv``; rows that cannot be read are told by their line."""
        return await self._run(self.manager.import_scope, name, csv)

    async def scope_items(self, name: str, limit: int | None=None) -> r.Records[r.TrackedItem]:
        """What a source holds, in the order of the keys."""
        return await self._run(self.manager.scope_items, name, limit)

    async def untriaged(self, version: str, limit: int | None=None) -> r.Records[r.UntriagedItem]:
        """What trackers have and the plan has not decided on, with what the matrix advises."""
        return await self._run(self.manager.untriaged, version, limit)

    async def triage(self, version: str, item: str, decision: Literal['fix-now', 'fix-next', 'known-issue', 'stop-release'] | None=None, *, severity: Literal['trivial', 'minor', 'major', 'critical'] | None=None, fix_risk: Literal['low', 'medium', 'high'] | None=None, note: str | None=None) -> r.Plan:
        """Decides on an item of the plan, or takes one in of a tracker with the decision; who and why is kept."""
        return await self._run(self.manager.triage, version, item, decision, severity=severity, fix_risk=fix_risk, note=note)

    async def compare_scope(self, version: str, release: str | None=None) -> r.PlanComparison:
        """What a release holds by its commits, beside what its plan wanted."""
        return await self._run(self.manager.compare_scope, version, release)
