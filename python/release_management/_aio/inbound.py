"""Other systems that tell us what happened there for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from typing import Literal

from .. import records as r
from ._base import Base


class Inbound(Base):
    """Other systems that tell us what happened there."""

    async def inbound(self) -> r.Records[r.Inbound]:
        """The systems that deliveries are taken from, and which alerts fire."""
        return await self._run(self.manager.inbound)

    async def add_inbound(self, name: str, kind: Literal['github', 'gitlab', 'alertmanager', 'cdevents', 'generic'], on_alert: Literal['record', 'hold', 'abort']='record') -> tuple[r.Inbound, str]:
        """Takes deliveries of another system, and answers it with its secret, which is never shown again."""
        return await self._run(self.manager.add_inbound, name, kind, on_alert)

    async def rotate_inbound_secret(self, name: str) -> tuple[r.Inbound, str]:
        """A new secret; the one before counts for a day."""
        return await self._run(self.manager.rotate_inbound_secret, name)

    async def remove_inbound(self, name: str) -> None:
        """Takes nothing more from it."""
        return await self._run(self.manager.remove_inbound, name)
