"""The notes that a release keeps for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Notes(Base):
    """The notes that a release keeps."""

    async def release_notes(self, release: AnyRelease) -> r.ReleaseNotes:
        """All of them, with what their source says where people changed them."""
        return await self._run(self.manager.release_notes, release)

    async def release_notes_text(self, release: AnyRelease, audience: Literal['users', 'operators', 'support'] | None=None, *, markdown: bool=True) -> str:
        """As these readers get them."""
        return await self._run(self.manager.release_notes_text, release, audience, markdown=markdown)

    async def write_release_notes(self, release: AnyRelease, notes: Iterable[Mapping[str, Any]]) -> r.ReleaseNotes:
        """Writes the whole of them, in this order; what is not among them is left out from now on."""
        return await self._run(self.manager.write_release_notes, release, notes)

    async def renew_release_notes(self, release: AnyRelease, notes: Iterable[Mapping[str, Any]]) -> r.ReleaseNotesRenewed:
        """Tells them again from all that their source says now; what people changed stays."""
        return await self._run(self.manager.renew_release_notes, release, notes)
