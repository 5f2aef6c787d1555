"""Plans: what goes out, who does what, and go or no-go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from .. import records as r
from .base import Part, present


class Plans(Part):
    """Plans around releases."""

    # --- plans

    def plans(self, limit: int | None = None) -> r.Records[r.PlanSummary]:
        """The newest change first."""
        return self._pages(r.PlanSummary, ("plans",), {}, limit)

    def plan(self, version: str) -> r.Plan:
        """A plan as it stands: its document, and who marked, tested, triaged and voted."""
        return self._of(r.Plan, self._transport.get("plans", version))

    def write_plan(
        self, version: str, document: Mapping[str, Any], *, note: str | None = None, edition: int | None = None
    ) -> r.Plan:
        """Writes the whole document, in the place of the one that stands.

        With ``edition`` (:attr:`Plan.edition` of what you read), only while nobody changed it since.
        """
        body = present(document=dict(document), note=note)
        return self._of(r.Plan, self._transport.put("plans", version, body=body, edition=edition))

    def import_plan(self, version: str, markdown: str, *, dry_run: bool = False) -> r.PlanImported:
        """Writes a plan from Markdown, and says what was not understood, by line; ``dry_run`` only reads it."""
        query = {"dry_run": "true" if dry_run else None}
        path = ("plans", version, "import")
        found = self._transport.upload(*path, query=query, content=markdown.encode(), kind="text/markdown")
        return self._of(r.PlanImported, found)

    def export_plan(self, version: str, format: Literal["markdown", "html"] = "markdown") -> str:
        """A plan as Markdown that can be imported again, or as a page to print."""
        return self._transport.text("plans", version, "export", query={"format": format})

    def advise_window(
        self,
        traffic: str,
        *,
        environment: str | None = None,
        plan: str | None = None,
        zone: str | None = None,
        minutes: int | None = None,
        days: int | None = None,
    ) -> r.PlanAdvice:
        """The quietest windows for a table of traffic (``hour,count`` for a week), outside of freezes and nights."""
        query = {"environment": environment, "plan": plan, "zone": zone, "minutes": minutes, "days": days}
        found = self._transport.upload("window-advice", query=query, content=traffic.encode(), kind="text/csv")
        return self._of(r.PlanAdvice, found)

    def act_on_plan(self, version: str, act: str, **members: Any) -> r.Plan:
        """One act: ``move``, ``hold``, ``resume``, ``triage``, ``activity``, ``tick``, ``case``, ``risk``, ``step``, ``meeting``, ``action``.

        For example ``rm.act_on_plan("2.1.0", "case", case="lend", outcome="passed")``; most take a ``note``.
        """
        return self._of(r.Plan, self._transport.post("plans", version, "acts", body=present(act=act, **members)))

    def move_plan(
        self,
        version: str,
        to: Literal["draft", "planned", "frozen", "candidate", "cancelled"],
        *,
        release: str | None = None,
        note: str | None = None,
    ) -> r.Plan:
        """Brings a plan to another phase; ``candidate`` may name the ``release`` that is looked at."""
        return self.act_on_plan(version, "move", to=to, release=release, note=note)

    def vote_on_plan(
        self, version: str, role: str, choice: Literal["go", "no-go", "withdrawn"], *, note: str | None = None
    ) -> r.Plan:
        """Your word for the role that the plan gives you; a no takes a note."""
        return self.act_on_plan(version, "vote", role=role, choice=choice, note=note)

    def call_plan(
        self, seen: r.GoNoGo, choice: Literal["go", "no-go"], *, note: str | None = None
    ) -> r.Plan:
        """The final call, by the person whom the plan names, on what :meth:`go_no_go` showed."""
        return self.act_on_plan(seen["version"], "call", choice=choice, digest=seen["digest"], note=note)

    def go_no_go(self, version: str) -> r.GoNoGo:
        """Every gate on the way, votes, readiness and risk, with the digest that the final call names."""
        return self._of(r.GoNoGo, self._transport.get("plans", version, "go-no-go"))

    def plan_schedule(self, version: str) -> r.PlanSchedule:
        """The activities as a chart, with the critical path and what is late."""
        return self._of(r.PlanSchedule, self._transport.get("plans", version, "schedule"))

    def plan_capacity(self, version: str, on: str | date | None = None) -> r.PlanCapacity:
        """Whether the people can do the work by a day, and what to leave out where they cannot."""
        query = {"on": on.isoformat() if isinstance(on, date) else on}
        return self._of(r.PlanCapacity, self._transport.get("plans", version, "capacity", query=query))

    def plan_readiness(self, version: str) -> r.PlanReadiness:
        """Checklists, manual tests and open triage."""
        return self._of(r.PlanReadiness, self._transport.get("plans", version, "readiness"))

    def plan_risk(self, version: str) -> r.PlanRisk:
        """The risk score with its parts, and the register, the worst first."""
        return self._of(r.PlanRisk, self._transport.get("plans", version, "risk"))
