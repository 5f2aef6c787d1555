"""Plans around releases for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from .. import records as r
from ._base import Base


class Plans(Base):
    """Plans around releases."""

    async def plans(self, limit: int | None=None) -> r.Records[r.PlanSummary]:
        """The newest change first."""
        return await self._run(self.manager.plans, limit)

    async def plan(self, version: str) -> r.Plan:
        """A plan as it stands: its document, and who marked, tested, triaged and voted."""
        return await self._run(self.manager.plan, version)

    async def write_plan(self, version: str, document: Mapping[str, Any], *, note: str | None=None, edition: int | None=None) -> r.Plan:
        """Writes the whole document, in the place of the one that stands."""
        return await self._run(self.manager.write_plan, version, document, note=note, edition=edition)

    async def import_plan(self, version: str, markdown: str, *, dry_run: bool=False, edition: int | None=None) -> r.PlanImported:
        """Writes a plan from Markdown, and says what was not understood, by line; ``dry_run`` only reads it."""
        return await self._run(self.manager.import_plan, version, markdown, dry_run=dry_run, edition=edition)

    async def export_plan(self, version: str, format: Literal['markdown', 'html', 'json']='markdown', *, edition: int | None=None) -> str:
        """A plan as Markdown that can be imported again, as a page to print, or as its document; of an earlier edition, too."""
        return await self._run(self.manager.export_plan, version, format, edition=edition)

    async def import_plan_cases(self, version: str, cases: str, format: Literal['csv', 'markdown']='csv', *, dry_run: bool=False) -> r.PlanCasesImported:
        """Brings manual test cases into a plan, all of a table (or a list, in Markdown) or none of it."""
        return await self._run(self.manager.import_plan_cases, version, cases, format, dry_run=dry_run)

    async def attach_to_plan_case(self, version: str, case: str, content: bytes, name: str) -> r.Plan:
        """Adds a log or a picture to the last run of a manual case; ``name`` is no path, and 8 MiB is the most."""
        return await self._run(self.manager.attach_to_plan_case, version, case, content, name)

    async def plan_file(self, version: str, digest: str) -> bytes:
        """A file of a run, by the digest in its ``files``."""
        return await self._run(self.manager.plan_file, version, digest)

    async def advise_window(self, traffic: str, *, environment: str | None=None, plan: str | None=None, zone: str | None=None, minutes: int | None=None, days: int | None=None) -> r.PlanAdvice:
        """The quietest windows for a table of traffic (``hour,count`` for a week), outside of freezes and nights."""
        return await self._run(self.manager.advise_window, traffic, environment=environment, plan=plan, zone=zone, minutes=minutes, days=days)

    async def act_on_plan(self, version: str, act: str, **members: Any) -> r.Plan:
        """One act: ``move``, ``hold``, ``resume``, ``triage``, ``activity``, ``tick``, ``case``, ``risk``, ``step``, ``meeting``, ``action``, ``scope``."""
        return await self._run(self.manager.act_on_plan, version, act, **members)

    async def move_plan(self, version: str, to: Literal['draft', 'planned', 'frozen', 'candidate', 'cancelled'], *, release: str | None=None, note: str | None=None) -> r.Plan:
        """Brings a plan to another phase; ``candidate`` may name the ``release`` that is looked at."""
        return await self._run(self.manager.move_plan, version, to, release=release, note=note)

    async def vote_on_plan(self, version: str, role: str, choice: Literal['go', 'no-go', 'withdrawn'], *, note: str | None=None) -> r.Plan:
        """Your word for the role that the plan gives you; a no takes a note."""
        return await self._run(self.manager.vote_on_plan, version, role, choice, note=note)

    async def call_plan(self, seen: r.GoNoGo, choice: Literal['go', 'no-go'], *, note: str | None=None) -> r.Plan:
        """The final call, by the person whom the plan names, on what :meth:`go_no_go` showed."""
        return await self._run(self.manager.call_plan, seen, choice, note=note)

    async def go_no_go(self, version: str) -> r.GoNoGo:
        """Every gate on the way, votes, readiness and risk, with the digest that the final call names."""
        return await self._run(self.manager.go_no_go, version)

    async def plan_schedule(self, version: str) -> r.PlanSchedule:
        """The activities as a chart, with the critical path and what is late."""
        return await self._run(self.manager.plan_schedule, version)

    async def plan_capacity(self, version: str, on: str | date | None=None) -> r.PlanCapacity:
        """Whether the people can do the work by a day, and what to leave out where they cannot."""
        return await self._run(self.manager.plan_capacity, version, on)

    async def plan_readiness(self, version: str) -> r.PlanReadiness:
        """Checklists, manual tests and open triage."""
        return await self._run(self.manager.plan_readiness, version)

    async def plan_risk(self, version: str) -> r.PlanRisk:
        """The risk score with its parts, and the register, the worst first."""
        return await self._run(self.manager.plan_risk, version)

    async def retrospective(self, version: str) -> r.Retrospective:
        """A release looked back at: what happened, what it waited for, its measures, and what people said."""
        return await self._run(self.manager.retrospective, version)

    async def retrospective_text(self, version: str) -> str:
        """The same as Markdown."""
        return await self._run(self.manager.retrospective_text, version)

    async def write_retrospective(self, version: str, *, summary: str='', went_well: Sequence[str]=(), to_improve: Sequence[str]=(), actions: Sequence[Mapping[str, Any]]=(), note: str | None=None, edition: int | None=None) -> r.Retrospective:
        """What people say of a release, the whole of it; each action has an ``id``, a ``text`` and an ``owner``."""
        return await self._run(self.manager.write_retrospective, version, summary=summary, went_well=went_well, to_improve=to_improve, actions=actions, note=note, edition=edition)

    async def begin_plan(self, version: str, template: str='planned', *, edition: int | None=None, title: str | None=None, ready_on: str | date | None=None, carry: Sequence[str]=()) -> r.Plan:
        """A plan from a template; ``carry`` names actions of earlier retrospectives (``"2.0.0/soak"``, or ``"all"``)."""
        return await self._run(self.manager.begin_plan, version, template, edition=edition, title=title, ready_on=ready_on, carry=carry)

    async def plan_templates(self) -> r.PlanTemplates:
        """Tidegate's own templates, and the team's."""
        return await self._run(self.manager.plan_templates)

    async def plan_template(self, name: str, edition: int | None=None) -> r.PlanTemplate:
        """One edition of a template, the newest where none is named."""
        return await self._run(self.manager.plan_template, name, edition)

    async def save_plan_template(self, name: str, plan: str, *, change: str | None=None) -> r.PlanTemplate:
        """Keeps a plan as a template of the team's own, without what belongs to its release alone."""
        return await self._run(self.manager.save_plan_template, name, plan, change=change)

    async def plan_actions(self) -> r.PlanActions:
        """What retrospectives asked for and nobody has done yet."""
        return await self._run(self.manager.plan_actions)

    async def plan_history(self, version: str) -> r.PlanHistory:
        """Every edition of a plan, the newest first."""
        return await self._run(self.manager.plan_history, version)

    async def plan_difference(self, version: str, earlier: int | None=None, later: int | None=None, *, template: bool=False) -> r.PlanDifference:
        """What two editions say otherwise and who changed it; with ``template``, the plan and its template."""
        return await self._run(self.manager.plan_difference, version, earlier, later, template=template)

    async def plan_progress(self, version: str) -> r.PlanProgress:
        """How far the work was on each day against the plan, and what is late."""
        return await self._run(self.manager.plan_progress, version)

    async def plan_rotation(self, plan: str | None=None) -> r.PlanRotation:
        """Whose turn it is to manage a release, for the time of a plan or for today."""
        return await self._run(self.manager.plan_rotation, plan)

    async def set_plan_rotation(self, people: Sequence[str], *, role: str | None=None, away: Mapping[str, Sequence[Mapping[str, str]]] | None=None) -> r.PlanRotation:
        """Who takes turns, in which order they begin, and when each is away (``from``, ``until``)."""
        return await self._run(self.manager.set_plan_rotation, people, role=role, away=away)
