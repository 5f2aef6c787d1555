"""Freezes and windows for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from .. import records as r
from ._base import Base


class Calendar(Base):
    """Freezes and windows."""

    async def calendar(self) -> r.Records[r.CalendarEntry]:
        """Freezes and windows, with when each next holds."""
        return await self._run(self.manager.calendar)

    async def add_freeze(self, name: str, reason: str, start: str | datetime, until: str | datetime | None=None, *, zone: str='UTC', **options: Any) -> r.CalendarEntry:
        """A time without change: local times in ``zone``."""
        return await self._run(self.manager.add_freeze, name, reason, start, until, zone=zone, **options)

    async def add_window(self, name: str, reason: str, start: str | datetime, until: str | datetime | None=None, *, zone: str='UTC', **options: Any) -> r.CalendarEntry:
        """A time to which change is kept; the same options as :meth:`add_freeze`."""
        return await self._run(self.manager.add_window, name, reason, start, until, zone=zone, **options)

    async def remove_calendar_entry(self, name: str) -> list[str]:
        """Removes a freeze or a window."""
        return await self._run(self.manager.remove_calendar_entry, name)

    async def import_calendar(self, feed: str, document: str | bytes, zone: str | None=None, *, kind: Literal['freeze', 'window']='freeze', environments: Sequence[str]=()) -> list[str]:
        """The events of an iCalendar document as freezes, or windows; those that it no longer names go."""
        return await self._run(self.manager.import_calendar, feed, document, zone, kind=kind, environments=environments)

    async def calendar_feed(self) -> str:
        """Every occurrence of the next 400 days, as iCalendar."""
        return await self._run(self.manager.calendar_feed)
