"""What must be so before a release enters an environment for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Gates(Base):
    """What must be so before a release enters an environment."""

    async def gates(self, release: AnyRelease, environment: str) -> r.Gates:
        """What keeps a release out of an environment, or lets it in: open or closed, why, who opens it and how."""
        return await self._run(self.manager.gates, release, environment)

    async def approve(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Says yes at a gate that people sign."""
        return await self._run(self.manager.approve, release, environment, gate, reason)

    async def sign(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Signs that tests or acceptance are done; the same as :meth:`approve`."""
        return await self._run(self.manager.sign, release, environment, gate, reason)

    async def reject(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Says no: the gate stays closed until that is withdrawn."""
        return await self._run(self.manager.reject, release, environment, gate, reason)

    async def withdraw(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Takes your word at a gate back."""
        return await self._run(self.manager.withdraw, release, environment, gate, reason)

    async def override(self, release: AnyRelease, environment: str, reason: str, *, name: str | None=None, for_seconds: int | None=None) -> r.Gates:
        """Lets a release through a freeze, or outside of its windows, for eight hours unless given."""
        return await self._run(self.manager.override, release, environment, reason, name=name, for_seconds=for_seconds)

    async def reviews(self, release: AnyRelease | None=None, state: str | None=None) -> r.Records[r.Review]:
        """What emergencies owe afterwards (``due``, ``overdue``) and what was found (``done``): of one release, or of all."""
        return await self._run(self.manager.reviews, release, state)

    async def review(self, release: AnyRelease, environment: str, outcome: str, note: str) -> r.Records[r.Review]:
        """Says what you found when you looked back at an emergency: ``justified`` or ``unjustified``, and why."""
        return await self._run(self.manager.review, release, environment, outcome, note)
