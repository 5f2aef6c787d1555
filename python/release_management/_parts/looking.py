"""What stands where, what happened, what was logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import records as r
from .._transport import Stop
from .base import _PAGE, AnyRelease, Part, version_of


class Looking(Part):
    """What stands where, what happened, what was logged."""

    # --- looking

    def environments(self) -> r.Records[r.Environment]:
        """What stands where."""
        return self._list(r.Environment, ("environments",), {})

    def environment(self, name: str) -> r.Environment:
        """One environment with every running instance."""
        return self._of(r.Environment, self._transport.get("environments", name))

    def diff_environments(self, environment: str, other: str) -> r.EnvironmentDiff:
        """How two environments differ, value by value, and where each value was written."""
        return self._of(r.EnvironmentDiff, self._transport.get("environments", environment, "diff", query={"with": other}))

    def drift(self, environment: str) -> r.EnvironmentDrift:
        """How what runs and is routed differs from what was recorded, the worst first, and what mends it."""
        return self._of(r.EnvironmentDrift, self._transport.get("environments", environment, "drift", slow=True))

    def why(
        self, release: AnyRelease | None = None, environment: str | None = None, *, waiting: bool = False
    ) -> r.Records[r.Why]:
        """Why a release does not move, for every release and environment unless named, and what moves it.

        ``waiting`` asks only for where somebody has to act: held, a gate closed, a secret missing.
        """
        path = ("why",) if release is None else ("releases", version_of(release), "why")
        return self._list(r.Why, path, {"environment": environment, "waiting": "true" if waiting else None})

    def logs(
        self,
        environment: str,
        component: str,
        *,
        version: str | None = None,
        instance: int | None = None,
        lines: int | None = None,
    ) -> r.Records[r.LogLine]:
        """The last lines that instances wrote."""
        query = {"version": version, "instance": instance, "lines": lines}
        return self._list(r.LogLine, ("logs", environment, component), query)

    def follow_logs(
        self,
        environment: str,
        component: str,
        *,
        version: str | None = None,
        instance: int | None = None,
        lines: int | None = None,
        stop: Stop | None = None,
    ) -> Iterator[r.LogLine]:
        """The last lines, and new ones as they come."""
        query = {"version": version, "instance": instance, "lines": lines}
        path = ("logs", environment, component, "stream")
        for line in self._transport.lines(*path, query=query, stop=stop or Stop()):
            yield self._of(r.LogLine, line)

    def events(
        self, *, after: int | None = None, stream: str | None = None, limit: int | None = None
    ) -> r.Records[r.Event]:
        """The history, oldest first: one page above ``after``."""
        return self._list(r.Event, ("events",), {"after": after, "stream": stream, "limit": limit})

    def follow_events(
        self, *, after: int | None = None, stream: str | None = None, stop: Stop | None = None
    ) -> Iterator[r.Event]:
        """The history as it grows, from now on unless ``after`` is given; nothing is missed when a connection breaks."""
        for event in self._transport.events(after=after, stream=stream, stop=stop or Stop()):
            yield self._of(r.Event, event)

    def audit(self, checkpoints: Iterable[Mapping[str, Any]] = ()) -> r.Audit:
        """Verifies the whole history, also against what was kept outside: ``[{"size": 300, "head": "9f…"}]``."""
        kept = [{"size": one["size"], "head": one["head"]} for one in checkpoints]
        if kept:
            return self._of(r.Audit, self._transport.post("audit", "compare", body={"checkpoints": kept}))
        return self._of(r.Audit, self._transport.get("audit", slow=True))

    def checkpoint(self) -> r.CheckpointState:
        """The newest signed head of the history, the key that verifies it, and where it was sent."""
        return self._of(r.CheckpointState, self._transport.get("audit", "checkpoint"))

    def prove(self, position: int, *, size: int | None = None, since: int | None = None) -> r.Proof:
        """That an event is part of the history (RFC 6962), and that it goes on from what it was at ``since``."""
        return self._of(r.Proof, self._transport.get("audit", "proof", query={"position": position, "size": size, "from": since}))

    def search_audit(
        self,
        *,
        person: str | None = None,
        release: AnyRelease | None = None,
        environment: str | None = None,
        kind: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int = 100,
    ) -> r.Records[r.Event]:
        """Who did what, newest first; every condition that is given must hold. ``kind`` may end in ``*``."""
        query = {
            "person": person,
            "release": None if release is None else version_of(release),
            "environment": environment,
            "kind": kind,
            "since_ms": since_ms,
            "until_ms": until_ms,
        }
        found: r.Records[r.Event] = r.Records()
        before = None
        while len(found) < limit:
            size = min(_PAGE, limit - len(found))
            page = self._transport.get("audit", "events", query={**query, "before": before, "limit": size})
            found.extend(self._of(r.Event, item) for item in page["items"])
            before = page.get("next")
            if before is None:
                break
        return found

    def export_audit(
        self, *, after: int | None = None, until: int | None = None, stop: Stop | None = None
    ) -> Iterator[r.AuditLine]:
        """The history with everything that its hashes are made of: which part it is, then each event, oldest first.
        Written as lines of JSON, ``tidegate audit verify --export`` checks it anywhere."""
        query = {"after": after, "until": until}
        for line in self._transport.lines("audit", "export", query=query, stop=stop or Stop()):
            yield self._of(r.AuditLine, line)

    def retention(self) -> r.Retention:
        """How long the history remembers from where somebody asked."""
        return self._of(r.Retention, self._transport.get("audit", "retention"))

    def retain(self, origin_days: int | None) -> r.Retention:
        """Forgets from where somebody asked once it is so many days ago; never for ``None``. Events stay."""
        body = {"origin_days": origin_days or 0}
        return self._of(r.Retention, self._transport.put("audit", "retention", body=body))

    def health(self) -> r.Health:
        """Whether store and gateway are well."""
        return self._of(r.Health, self._transport.health())

    def request(
        self,
        method: str,
        *path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Any route of the HTTP API under ``/api/v1``, for what has no method here; answers its JSON."""
        return self._transport._ask(method.upper(), path, query=query, body=body, slow=True)
