"""What must be so before a release enters an environment."""

from __future__ import annotations

from typing import Any

from .. import records as r
from .base import AnyRelease, Part, present, version_of


class Gates(Part):
    """What must be so before a release enters an environment."""

    # --- gates

    def gates(self, release: AnyRelease, environment: str) -> r.Gates:
        """What keeps a release out of an environment, or lets it in: open or closed, why, who opens it and how."""
        found = self._transport.get("environments", environment, "gates", query={"release": version_of(release)})
        return self._of(r.Gates, found)

    def approve(self, release: AnyRelease, environment: str, gate: str | None = None, reason: str = "") -> r.Gates:
        """Says yes at a gate that people sign."""
        return self._vote(release, environment, gate, "yes", reason)

    def sign(self, release: AnyRelease, environment: str, gate: str | None = None, reason: str = "") -> r.Gates:
        """Signs that tests or acceptance are done; the same as :meth:`approve`."""
        return self._vote(release, environment, gate, "yes", reason)

    def reject(self, release: AnyRelease, environment: str, gate: str | None = None, reason: str = "") -> r.Gates:
        """Says no: the gate stays closed until that is withdrawn."""
        return self._vote(release, environment, gate, "no", reason)

    def withdraw(self, release: AnyRelease, environment: str, gate: str | None = None, reason: str = "") -> r.Gates:
        """Takes your word at a gate back."""
        return self._vote(release, environment, gate, "withdrawn", reason)

    def override(
        self,
        release: AnyRelease,
        environment: str,
        reason: str,
        *,
        name: str | None = None,
        for_seconds: int | None = None,
    ) -> r.Gates:
        """Lets a release through a freeze, or outside of its windows, for eight hours unless given."""
        body = present(release=version_of(release), name=name, reason=reason, for_seconds=for_seconds)
        return self._of(r.Gates, self._transport.post("environments", environment, "gates", "override", body=body))

    def reviews(self, release: AnyRelease | None = None, state: str | None = None) -> r.Records[r.Review]:
        """What emergencies owe afterwards (``due``, ``overdue``) and what was found (``done``): of one release, or of all."""
        if release is None:
            return self._list(r.Review, ("reviews",), present(state=state))
        found = self._list(r.Review, ("releases", version_of(release), "reviews"), {})
        return r.Records(review for review in found if state in (None, review.state))

    def review(self, release: AnyRelease, environment: str, outcome: str, note: str) -> r.Records[r.Review]:
        """Says what you found when you looked back at an emergency: ``justified`` or ``unjustified``, and why."""
        body = {"environment": environment, "outcome": outcome, "note": note}
        answer = self._transport.post("releases", version_of(release), "reviews", body=body)
        return r.Records(self._of(r.Review, item) for item in answer["items"])

    def _vote(
        self, release: AnyRelease, environment: str, gate: str | None, choice: str, reason: str
    ) -> r.Gates:
        body = present(release=version_of(release), gate=gate, choice=choice, reason=reason)
        return self._of(r.Gates, self._transport.post("environments", environment, "gates", "votes", body=body))
