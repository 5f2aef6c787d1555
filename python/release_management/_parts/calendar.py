"""Freezes and windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from .. import records as r
from .base import Part, present


def local_time(time: str | datetime | None) -> str | None:
    """Calendars think in local times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(time, datetime) else time


class Calendar(Part):
    """Freezes and windows."""

    # --- calendar

    def calendar(self) -> r.Records[r.CalendarEntry]:
        """Freezes and windows, with when each next holds."""
        return self._list(r.CalendarEntry, ("calendar",), {})

    def add_freeze(
        self,
        name: str,
        reason: str,
        start: str | datetime,
        until: str | datetime | None = None,
        *,
        zone: str = "UTC",
        **options: Any,
    ) -> r.CalendarEntry:
        """A time without change: local times in ``zone``.

        Further: ``lasts_seconds`` instead of ``until``, ``rule`` (RFC 5545: ``FREQ=WEEKLY;BYDAY=FR``), ``except_``,
        ``environments``, ``components``, ``tenants``.
        """
        return self._calendar_entry("freeze", name, (reason, start, until), {"zone": zone, **options})

    def add_window(
        self,
        name: str,
        reason: str,
        start: str | datetime,
        until: str | datetime | None = None,
        *,
        zone: str = "UTC",
        **options: Any,
    ) -> r.CalendarEntry:
        """A time to which change is kept; the same options as :meth:`add_freeze`."""
        return self._calendar_entry("window", name, (reason, start, until), {"zone": zone, **options})

    def remove_calendar_entry(self, name: str) -> list[str]:
        """Removes a freeze or a window."""
        found: list[str] = self._transport.delete("calendar", name)["entries"]
        return found

    def import_calendar(
        self,
        feed: str,
        document: str | bytes,
        zone: str | None = None,
        *,
        kind: Literal["freeze", "window"] = "freeze",
        environments: Sequence[str] = (),
    ) -> list[str]:
        """The events of an iCalendar document as freezes, or windows; those that it no longer names go."""
        content = document.encode() if isinstance(document, str) else document
        path = ("calendar", "feeds", feed)
        query = {"zone": zone, "kind": kind, "environments": ",".join(environments) or None}
        found = self._transport.upload(*path, query=query, content=content, kind="text/calendar")
        return list(found["entries"])

    def calendar_feed(self) -> str:
        """Every occurrence of the next 400 days, as iCalendar."""
        return self._transport.text("calendar.ics")

    def _calendar_entry(
        self,
        kind: str,
        name: str,
        what: tuple[str, str | datetime, str | datetime | None],
        options: Mapping[str, Any],
    ) -> r.CalendarEntry:
        reason, start, until = what
        body = {key.removesuffix("_"): value for key, value in options.items()}
        body |= present(kind=kind, reason=reason, **{"from": local_time(start), "until": local_time(until)})
        return self._of(r.CalendarEntry, self._transport.put("calendar", name, body=body))
