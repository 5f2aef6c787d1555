"""Its own life for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from pathlib import Path

from ._base import Base


class Life(Base):
    """Its own life."""

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self.manager.url

    @property
    def home(self) -> Path | None:
        """The data directory, where the server runs on one of this machine's that was named here."""
        return self.manager.home

    @property
    def is_embedded(self) -> bool:
        """Whether the server runs in this process."""
        return self.manager.is_embedded
