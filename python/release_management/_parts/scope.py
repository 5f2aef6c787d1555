"""Scope from trackers: issues and pull requests, what a plan has to decide on, and what a release really holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .. import records as r
from .base import Part, present

_PAGE = 1000


class Scope(Part):
    """Scope from trackers."""

    # --- scope

    def scope_sources(self) -> r.Records[r.ScopeSource]:
        """Where issues and pull requests are tracked, and how far each was read."""
        return self._list(r.ScopeSource, ("scope", "sources"), {})

    def scope_source(self, name: str) -> r.ScopeSource:
        """One source, with how far it was read and what stopped it."""
        return self._of(r.ScopeSource, self._transport.get("scope", "sources", name))

    def add_scope_source(
        self,
        name: str,
        kind: Literal["github", "gitlab", "csv"],
        project: str | None = None,
        *,
        base: str | None = None,
        milestone: str | None = None,
        labels: Sequence[str] = (),
        token: tuple[str, str] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        every_minutes: int | None = None,
        edition: int | None = None,
    ) -> r.ScopeSource:
        """Adds a source, or sets the one of this name anew; it is read in the background from then on.

        ``token`` is the environment and the name of the secret that holds it, never the token itself. A rule says what a label or
        a milestone means: ``{"milestone": "Release *", "version": "*"}``. With ``edition`` (:attr:`ScopeSource.edition` of what
        you read), only while nobody changed it since.
        """
        place = None if token is None else {"environment": token[0], "secret": token[1]}
        body = present(kind=kind, project=project, base=base, milestone=milestone, token=place, every_minutes=every_minutes)
        body |= {"labels": list(labels), "rules": [dict(rule) for rule in rules]}
        return self._of(r.ScopeSource, self._transport.put("scope", "sources", name, body=body, edition=edition))

    def refresh_scope_source(self, name: str) -> r.ScopeSource:
        """Reads what changed since it was read last; one that stopped is tried again from where it stood."""
        return self._of(r.ScopeSource, self._transport.post("scope", "sources", name, "refresh", body={}))

    def remove_scope_source(self, name: str, *, edition: int | None = None) -> r.ScopeSource:
        """Removes a source and what was read of it; what plans took in of it stays in them."""
        return self._of(r.ScopeSource, self._transport.delete("scope", "sources", name, edition=edition))

    def import_scope(self, name: str, csv: str | bytes) -> r.ScopeImported:
        """Brings a table to a source of kind ``csv``; rows that cannot be read are told by their line."""
        content = csv if isinstance(csv, bytes) else csv.encode()
        found = self._transport.upload("scope", "sources", name, "import", content=content, kind="text/csv")
        return self._of(r.ScopeImported, found)

    def scope_items(self, name: str, limit: int | None = None) -> r.Records[r.TrackedItem]:
        """What a source holds, in the order of the keys."""
        return self._after(r.TrackedItem, ("scope", "sources", name, "items"), limit)

    def untriaged(self, version: str, limit: int | None = None) -> r.Records[r.UntriagedItem]:
        """What trackers have and the plan has not decided on, with what the matrix advises."""
        return self._after(r.UntriagedItem, ("plans", version, "untriaged"), limit)

    def triage(
        self,
        version: str,
        item: str,
        decision: Literal["fix-now", "fix-next", "known-issue", "stop-release"] | None = None,
        *,
        severity: Literal["trivial", "minor", "major", "critical"] | None = None,
        fix_risk: Literal["low", "medium", "high"] | None = None,
        note: str | None = None,
    ) -> r.Plan:
        """Decides on an item of the plan, or takes one in of a tracker with the decision; who and why is kept.

        Without ``decision`` the plan's matrix says what is done, by ``severity`` and ``fix_risk`` (:attr:`Plan.advice` is what it says now).
        """
        body = present(act="triage", item=item, decision=decision, severity=severity, fix_risk=fix_risk, note=note)
        return self._of(r.Plan, self._transport.post("plans", version, "acts", body=body))

    def compare_scope(self, version: str, release: str | None = None) -> r.PlanComparison:
        """What a release holds by its commits, beside what its plan wanted."""
        found = self._transport.get("plans", version, "comparison", query={"release": release})
        return self._of(r.PlanComparison, found)

    def _after(self, kind: type[Any], path: tuple[str, ...], limit: int | None) -> r.Records[Any]:
        """Page after page by key."""
        found: r.Records[Any] = r.Records()
        after = None
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._transport.get(*path, query={"after": after, "limit": size})
            found.extend(self._of(kind, item) for item in page["entries"])
            after = page["next"] if "next" in page else None
            if after is None:
                break
        return found
