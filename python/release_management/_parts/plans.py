"""Plans: what goes out, who does what, and go or no-go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    def import_plan(
        self, version: str, markdown: str, *, dry_run: bool = False, edition: int | None = None
    ) -> r.PlanImported:
        """Writes a plan from Markdown, and says what was not understood, by line; ``dry_run`` only reads it.

        With ``edition`` (:attr:`Plan.edition` of what you read), only while nobody changed it since.
        """
        query = {"dry_run": "true" if dry_run else None}
        path = ("plans", version, "import")
        content = markdown.encode()
        found = self._transport.upload(*path, query=query, content=content, kind="text/markdown", edition=edition)
        return self._of(r.PlanImported, found)

    def export_plan(
        self,
        version: str,
        format: Literal["markdown", "html", "json"] = "markdown",
        *,
        edition: int | None = None,
    ) -> str:
        """A plan as Markdown that can be imported again, as a page to print, or as its document; of an earlier edition, too."""
        query = {"format": format, "edition": edition}
        return self._transport.text("plans", version, "export", query=query)

    def import_plan_cases(
        self,
        version: str,
        cases: str,
        format: Literal["csv", "markdown"] = "csv",
        *,
        dry_run: bool = False,
    ) -> r.PlanCasesImported:
        """Brings manual test cases into a plan, all of a table (or a list, in Markdown) or none of it.

        A case that is there, by its id or title, is changed; ``dry_run`` only says what would be.
        """
        query = {"format": format, "dry_run": "true" if dry_run else None}
        kind = "text/csv" if format == "csv" else "text/markdown"
        path = ("plans", version, "cases", "import")
        found = self._transport.upload(*path, query=query, content=cases.encode(), kind=kind)
        return self._of(r.PlanCasesImported, found)

    def attach_to_plan_case(self, version: str, case: str, content: bytes, name: str) -> r.Plan:
        """Adds a log or a picture to the last run of a manual case; ``name`` is no path, and 8 MiB is the most."""
        path = ("plans", version, "cases", case, "files")
        return self._of(r.Plan, self._transport.upload(*path, query={"name": name}, content=content))

    def plan_file(self, version: str, digest: str) -> bytes:
        """A file of a run, by the digest in its ``files``."""
        return self._transport.content("plans", version, "files", digest)

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
        """One act: ``move``, ``hold``, ``resume``, ``triage``, ``activity``, ``tick``, ``case``, ``risk``, ``step``, ``meeting``, ``action``, ``scope``.

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

    def retrospective(self, version: str) -> r.Retrospective:
        """A release looked back at: what happened, what it waited for, its measures, and what people said."""
        return self._of(r.Retrospective, self._transport.get("plans", version, "retrospective"))

    def retrospective_text(self, version: str) -> str:
        """The same as Markdown."""
        return self._transport.text("plans", version, "retrospective", query={"format": "markdown"})

    def write_retrospective(
        self,
        version: str,
        *,
        summary: str = "",
        went_well: Sequence[str] = (),
        to_improve: Sequence[str] = (),
        actions: Sequence[Mapping[str, Any]] = (),
        note: str | None = None,
        edition: int | None = None,
    ) -> r.Retrospective:
        """What people say of a release, the whole of it; each action has an ``id``, a ``text`` and an ``owner``."""
        body = present(
            summary=summary,
            went_well=list(went_well),
            to_improve=list(to_improve),
            actions=[dict(action) for action in actions],
            note=note,
        )
        found = self._transport.put("plans", version, "retrospective", body=body, edition=edition)
        return self._of(r.Retrospective, found)

    def begin_plan(
        self,
        version: str,
        template: str = "planned",
        *,
        edition: int | None = None,
        title: str | None = None,
        ready_on: str | date | None = None,
        carry: Sequence[str] = (),
    ) -> r.Plan:
        """A plan from a template; ``carry`` names actions of earlier retrospectives (``"2.0.0/soak"``, or ``"all"``)."""
        ready = ready_on.isoformat() if isinstance(ready_on, date) else ready_on
        body = present(template=template, edition=edition, title=title, ready_on=ready, carry=list(carry))
        return self._of(r.Plan, self._transport.post("plans", version, "begin", body=body))

    def plan_templates(self) -> r.PlanTemplates:
        """Tidegate's own templates, and the team's."""
        return self._of(r.PlanTemplates, self._transport.get("plan-templates"))

    def plan_template(self, name: str, edition: int | None = None) -> r.PlanTemplate:
        """One edition of a template, the newest where none is named."""
        return self._of(r.PlanTemplate, self._transport.get("plan-templates", name, query={"edition": edition}))

    def save_plan_template(self, name: str, plan: str, *, change: str | None = None) -> r.PlanTemplate:
        """Keeps a plan as a template of the team's own, without what belongs to its release alone."""
        body = present(plan=plan, change=change)
        return self._of(r.PlanTemplate, self._transport.put("plan-templates", name, body=body))

    def plan_actions(self) -> r.PlanActions:
        """What retrospectives asked for and nobody has done yet."""
        return self._of(r.PlanActions, self._transport.get("plan-actions"))

    def plan_history(self, version: str) -> r.PlanHistory:
        """Every edition of a plan, the newest first."""
        return self._of(r.PlanHistory, self._transport.get("plans", version, "history"))

    def plan_difference(
        self, version: str, earlier: int | None = None, later: int | None = None, *, template: bool = False
    ) -> r.PlanDifference:
        """What two editions say otherwise and who changed it; with ``template``, the plan and its template."""
        query = {"from": earlier, "to": later, "template": "true" if template else None}
        return self._of(r.PlanDifference, self._transport.get("plans", version, "difference", query=query))

    def plan_progress(self, version: str) -> r.PlanProgress:
        """How far the work was on each day against the plan, and what is late."""
        return self._of(r.PlanProgress, self._transport.get("plans", version, "progress"))

    def plan_rotation(self, plan: str | None = None) -> r.PlanRotation:
        """Whose turn it is to manage a release, for the time of a plan or for today."""
        return self._of(r.PlanRotation, self._transport.get("plan-rotation", query={"plan": plan}))

    def set_plan_rotation(
        self,
        people: Sequence[str],
        *,
        role: str | None = None,
        away: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    ) -> r.PlanRotation:
        """Who takes turns, in which order they begin, and when each is away (``from``, ``until``)."""
        days = None if away is None else {who: [dict(off) for off in times] for who, times in away.items()}
        body = present(people=list(people), role=role, away=days)
        return self._of(r.PlanRotation, self._transport.put("plan-rotation", body=body))
