"""How software is delivered: the five measures of DORA, and the incidents that count against rollouts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from .. import records as r
from .base import AnyRelease, Part, milliseconds, present, version_of


class Measuring(Part):
    """How software is delivered: the five measures of DORA, and the incidents that count against rollouts."""

    # --- measures

    def measures(
        self,
        *,
        components: Iterable[str] = (),
        teams: Iterable[str] = (),
        environments: Iterable[str] = (),
        from_: date | None = None,
        to: date | None = None,
        period: Literal["day", "week", "month"] = "week",
        zone: str | None = None,
    ) -> r.Measures:
        """The five measures of rollouts that ended in production, each with its definition, level and trend.

        :param from_: a day in the first period; eleven periods before the last unless given
        :param to: a day in the last period; today unless given
        :param zone: where days begin, like ``Europe/Berlin``; UTC unless given
        """
        query = _asked(components, teams, environments, from_, to, period, zone)
        return self._of(r.Measures, self._transport.get("measures", query=query))

    def measure_rows(
        self,
        measure: Literal[
            "deployment-frequency", "change-lead-time", "change-fail-rate", "failed-deployment-recovery-time",
            "mean-time-to-recovery", "deployment-rework-rate", "errors",
        ],
        *,
        components: Iterable[str] = (),
        teams: Iterable[str] = (),
        environments: Iterable[str] = (),
        from_: date | None = None,
        to: date | None = None,
        period: Literal["day", "week", "month"] = "week",
        zone: str | None = None,
        limit: int | None = None,
    ) -> r.Records[r.MeasureRow]:
        """The rollouts that a figure came from, the newest first, each with why it counts.

        ``errors`` are those whose times contradict each other, and which count in no figure.
        """
        query = {**_asked(components, teams, environments, from_, to, period, zone), "measure": measure}
        found: r.Records[r.MeasureRow] = r.Records()
        after: str | None = None
        while True:
            size = 1_000 if limit is None else min(1_000, limit - len(found))
            if size <= 0:
                return found
            page = self._transport.get("measures", "rows", query={**query, **present(after=after), "limit": size})
            found.extend(self._of(r.MeasureRow, item) for item in page["items"])
            after = page["next"]
            if after is None:
                return found

    # --- incidents

    def open_incident(
        self,
        title: str,
        environment: str | None = None,
        *,
        component: str | None = None,
        severity: str | None = None,
        since: datetime | None = None,
        rollout: str | None = None,
        release: AnyRelease | None = None,
    ) -> r.Incident:
        """Tells that something is wrong for users; linked to a rollout or a release, that counts as failed.

        :param since: when it began, where that is not now
        """
        body = present(
            title=title, environment=environment, component=component, severity=severity, rollout=rollout,
            detected_ms=None if since is None else milliseconds(since),
            release=None if release is None else version_of(release),
        )
        return self._of(r.Incident, self._transport.post("incidents", body=body))

    def incidents(
        self, state: Literal["open", "resolved"] | None = None, environment: str | None = None, limit: int | None = None
    ) -> r.Records[r.Incident]:
        """The newest change first, without notes."""
        return self._pages(r.Incident, ("incidents",), present(state=state, environment=environment), limit)

    def incident(self, incident: str) -> r.Incident:
        """One incident, with everything that was said of it."""
        return self._of(r.Incident, self._transport.get("incidents", incident))

    def link_incident(
        self,
        incident: str,
        *,
        rollout: str | None = None,
        release: AnyRelease | None = None,
        environment: str | None = None,
    ) -> r.Incident:
        """Says what caused it: a rollout, or a release, which is its newest rollout where the incident is."""
        version = None if release is None else version_of(release)
        return self._incident(incident, "link", rollout=rollout, release=version, environment=environment)

    def unlink_incident(self, incident: str, rollout: str) -> r.Incident:
        """Says that a rollout had nothing to do with it."""
        return self._incident(incident, "unlink", rollout=rollout)

    def resolve_incident(self, incident: str, at: datetime | None = None) -> r.Incident:
        """Says that it is over: now, or since then."""
        return self._incident(incident, "resolve", at_ms=None if at is None else milliseconds(at))

    def reopen_incident(self, incident: str) -> r.Incident:
        """Says that it was not over."""
        return self._incident(incident, "reopen")

    def note_incident(self, incident: str, text: str) -> r.Incident:
        """Writes something down about it."""
        return self._incident(incident, "notes", text=text)

    def _incident(self, incident: str, act: str, **body: Any) -> r.Incident:
        return self._of(r.Incident, self._transport.post("incidents", incident, act, body=present(**body)))


def _asked(
    components: Iterable[str],
    teams: Iterable[str],
    environments: Iterable[str],
    from_: date | None,
    to: date | None,
    period: str,
    zone: str | None,
) -> dict[str, Any]:
    lists = {"components": components, "teams": teams, "environments": environments}
    joined = {name: ",".join([names] if isinstance(names, str) else names) for name, names in lists.items()}
    days = {name: _day(day) for name, day in (("from", from_), ("to", to)) if day is not None}
    return {**{name: text for name, text in joined.items() if text}, **days, "period": period, **present(zone=zone)}


def _day(given: date) -> str:
    return (given.date() if isinstance(given, datetime) else given).isoformat()
