"""The same manager for asyncio: each method is a coroutine, each stream an async generator.

Written by `generate.py` from the manager and its parts; do not edit. Methods run on threads of their own, so the event loop is never
kept waiting, and what is awaited can be cancelled: what was asked of the server has been asked then.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from . import records as r
from ._transport import Stop
from .manager import AnyDeployment, AnyRelease, FlagFormat, FlagKind, Grant, Occasion, Progress, Reaches, ReleaseManager, Report

_T = TypeVar("_T")
#: Requests at once; streams have threads of their own.
_THREADS = 16


class AsyncReleaseManager:
    """A :class:`ReleaseManager` for asyncio; takes the same arguments.

    Use it with ``async with``, or begin with :meth:`open`. Records that it answers with have methods that wait; from
    coroutines use those of the manager: ``await rm.wait(deployment)``, ``async for rollout in rm.watch(id)``.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._make = functools.partial(ReleaseManager, *args, **options)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="release-management")
        self._manager: ReleaseManager | None = None

    @property
    def manager(self) -> ReleaseManager:
        """The manager that waits."""
        if self._manager is None:
            raise RuntimeError("use `async with AsyncReleaseManager(...) as rm`, or `await rm.open()` first")
        return self._manager

    async def open(self) -> AsyncReleaseManager:
        """Starts the server, where it runs in this process."""
        if self._manager is None:
            self._manager = await self._run(self._make)
        return self

    async def close(self) -> None:
        """Stops the server, if it runs in this process."""
        if self._manager is not None:
            await self._run(self._manager.close)
        self._threads.shutdown(wait=False)

    async def __aenter__(self) -> AsyncReleaseManager:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncReleaseManager of {self._manager!r}>"

    async def _run(self, method: Callable[..., _T], *args: Any, **options: Any) -> _T:
        call = functools.partial(method, *args, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def _stream(self, begin: Callable[[Stop], Iterator[_T]]) -> AsyncIterator[_T]:
        """What a thread reads, in order; it reads at most a little ahead, and ends when nobody listens any more."""
        loop, stop = asyncio.get_running_loop(), Stop()
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        room = threading.Semaphore(64)

        def put(kind: str, value: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, (kind, value))

        def read() -> None:
            try:
                for item in begin(stop):
                    room.acquire()
                    if stop.is_set():
                        break
                    put("item", item)
                put("end", None)
            except BaseException as error:
                put("error", error)

        threading.Thread(target=read, daemon=True, name="release-management-stream").start()
        try:
            while True:
                kind, value = await queue.get()
                if kind == "end":
                    return
                if kind == "error":
                    raise value
                room.release()
                yield value
        finally:
            stop.set()
            room.release()

    async def wait(
        self,
        deployment: AnyDeployment,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
    ) -> r.Deployment:
        """As :meth:`ReleaseManager.wait`; ``progress`` is called in the event loop. Cancelling stops the waiting only."""
        loop, stop = asyncio.get_running_loop(), Stop()

        def told(rollout: r.Rollout) -> None:
            if progress is not None:
                loop.call_soon_threadsafe(progress, rollout)

        waiting = functools.partial(self.manager.wait, deployment, timeout=timeout, progress=told, stop=stop)
        try:
            return await asyncio.to_thread(waiting)
        finally:
            stop.set()

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

    async def configuration(self) -> dict[str, Any]:
        """What is applied, as a dictionary with the keys of ``tidegate.yaml``; every value is a text."""
        return await self._run(self.manager.configuration)

    async def apply(self, configuration: Mapping[str, Any] | str | os.PathLike[str], *, dry_run: bool=False) -> r.Applied:
        """Makes a configuration the one that stands: a dictionary, the text of a ``tidegate.yaml``, or its path."""
        return await self._run(self.manager.apply, configuration, dry_run=dry_run)

    async def make_sample(self) -> r.SampleMade:
        """Sets up the sample shop, with three releases to try everything with, where nothing is applied yet."""
        return await self._run(self.manager.make_sample)

    async def catalog(self) -> dict[str, Any]:
        """What is applied, in short: components, environments in order, stages."""
        return await self._run(self.manager.catalog)

    async def configure_environments(self, environments: Mapping[str, Mapping[str, Any] | None]) -> r.Applied:
        """Adds environments in this order, or changes those that are there; others stay."""
        return await self._run(self.manager.configure_environments, environments)

    async def configure_components(self, components: Mapping[str, Mapping[str, Any] | None]) -> r.Applied:
        """Adds components, or completes and changes those that are there; others stay."""
        return await self._run(self.manager.configure_components, components)

    async def setup_release_pipeline(self, name: str='release pipeline', stages: Iterable[str | Mapping[str, Any]] | None=None) -> r.Pipeline:
        """Orders the environments into stages that a release goes through; all of them in their order unless given."""
        return await self._run(self.manager.setup_release_pipeline, name, stages)

    async def configure_deployment_strategy(self, strategy: str, options: Mapping[str, Any] | None=None, *, environment: str | None=None, judged: bool | None=None) -> r.Strategy:
        """How a release enters an environment: ``recreate``, ``rolling``, ``blue-green``, ``canary``, ``phased`` or ``shadow``, with its knobs."""
        return await self._run(self.manager.configure_deployment_strategy, strategy, options, environment=environment, judged=judged)

    async def setup_canary_deployment(self, release: AnyRelease, traffic_percentage: float=5, *, environment: str | None=None, **options: Any) -> r.Strategy:
        """Begins with this share of traffic: the stage's strategy is a canary from now on, its other knobs stay."""
        return await self._run(self.manager.setup_canary_deployment, release, traffic_percentage, environment=environment, **options)

    async def configure_rollback_strategy(self, trigger_conditions: Iterable[Mapping[str, Any]]=(), *, environment: str | None=None, **analysis: Any) -> r.RollbackStrategy:
        """What takes a rollout back by itself, beside the evidence that the analysis gathers."""
        return await self._run(self.manager.configure_rollback_strategy, trigger_conditions, environment=environment, **analysis)

    async def configure_compliance_gates(self, gates: Mapping[str, Mapping[str, Any] | bool], *, environment: str | None=None) -> r.ComplianceGates:
        """Which evidence a release needs to enter an environment; that of the last stage unless given."""
        return await self._run(self.manager.configure_compliance_gates, gates, environment=environment)

    async def configure_gates(self, gates: Iterable[Mapping[str, Any] | str], *, environment: str | None=None, replace: bool=False) -> r.Applied:
        """Gates of any kind, as ``tidegate.yaml`` writes them: ``{"approval": {"count": 2}}``, ``{"soak": "30m"}``, ``"uat"``."""
        return await self._run(self.manager.configure_gates, gates, environment=environment, replace=replace)

    async def create_release(self, version: str, components: Iterable[str] | Mapping[str, Any], changelog: Iterable[str]=(), *, hotfix: bool=False, change: str | None=None, commits: Iterable[Mapping[str, Any]]=()) -> r.Release:
        """Makes a release: a named, frozen set of component versions."""
        return await self._run(self.manager.create_release, version, components, changelog, hotfix=hotfix, change=change, commits=commits)

    async def complete_release(self, release: AnyRelease, components: Mapping[str, Any]) -> r.Release:
        """Gives components that were only named their artifacts, as long as the release has been nowhere."""
        return await self._run(self.manager.complete_release, release, components)

    async def releases(self, limit: int | None=None) -> r.Records[r.Release]:
        """The newest change first."""
        return await self._run(self.manager.releases, limit)

    async def release(self, version: str) -> r.Release:
        """One release: what it holds, and where it stands."""
        return await self._run(self.manager.release, version)

    async def set_change(self, version: str, change: str) -> r.Release:
        """How much consent it needs: ``standard``, ``normal`` or ``emergency``."""
        return await self._run(self.manager.set_change, version, change)

    async def allow(self, version: str, environment: str) -> r.Release:
        """Lifts the bar that a rollback left: automation may bring the release there once more."""
        return await self._run(self.manager.allow, version, environment)

    async def plans(self, limit: int | None=None) -> r.Records[r.PlanSummary]:
        """The newest change first."""
        return await self._run(self.manager.plans, limit)

    async def plan(self, version: str) -> r.Plan:
        """A plan as it stands: its document, and who marked, tested, triaged and voted."""
        return await self._run(self.manager.plan, version)

    async def write_plan(self, version: str, document: Mapping[str, Any], *, note: str | None=None, edition: int | None=None) -> r.Plan:
        """Writes the whole document, in the place of the one that stands."""
        return await self._run(self.manager.write_plan, version, document, note=note, edition=edition)

    async def import_plan(self, version: str, markdown: str, *, dry_run: bool=False) -> r.PlanImported:
        """Writes a plan from Markdown, and says what was not understood, by line; ``dry_run`` only reads it."""
        return await self._run(self.manager.import_plan, version, markdown, dry_run=dry_run)

    async def export_plan(self, version: str, format: Literal['markdown', 'html']='markdown') -> str:
        """A plan as Markdown that can be imported again, or as a page to print."""
        return await self._run(self.manager.export_plan, version, format)

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
        """One act: ``move``, ``hold``, ``resume``, ``triage``, ``activity``, ``tick``, ``case``, ``risk``, ``step``, ``meeting``, ``action``."""
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

    async def plan_deployment(self, release: AnyRelease, target_environment: str, strategy: str | None=None) -> r.PlannedDeployment:
        """What bringing a release into an environment would do, and why it could not be started now."""
        return await self._run(self.manager.plan_deployment, release, target_environment, strategy)

    async def start(self, plan: r.PlannedDeployment, *, supersede: bool=False, independent: bool=False) -> r.Deployment:
        """Starts what was planned, as things stand now."""
        return await self._run(self.manager.start, plan, supersede=supersede, independent=independent)

    async def deploy(self, release: AnyRelease, environment: str, strategy: str | None=None, *, supersede: bool=False, independent: bool=False) -> r.Deployment:
        """Starts bringing a release into an environment."""
        return await self._run(self.manager.deploy, release, environment, strategy, supersede=supersede, independent=independent)

    async def promote(self, release: AnyRelease, to: str | None=None, *, supersede: bool=False) -> r.Deployment:
        """Into the next stage, or the one named, if it is verified in the one before."""
        return await self._run(self.manager.promote, release, to, supersede=supersede)

    async def deployment(self, ids: Iterable[str]) -> r.Deployment:
        """Rollouts by their ids, as one."""
        return await self._run(self.manager.deployment, ids)

    def watch(self, rollout: r.Rollout | str) -> AsyncIterator[r.Rollout]:
        """A rollout as it is, and then each time it changed, until it has ended."""
        return self._stream(lambda stop: self.manager.watch(rollout, stop=stop))

    async def rollouts(self, environment: str | None=None, state: str | None=None, limit: int | None=None) -> r.Records[r.Rollout]:
        """The newest change first."""
        return await self._run(self.manager.rollouts, environment, state, limit)

    async def rollout(self, id: str) -> r.Rollout:
        """One rollout with every step."""
        return await self._run(self.manager.rollout, id)

    async def smoke_tests(self, id: str, component: str | None=None) -> r.Records[r.SmokeTest]:
        """What a rollout's smoke tests were asked and answered, before traffic and again with all of it."""
        return await self._run(self.manager.smoke_tests, id, component)

    async def samples(self, id: str, limit: int | None=None, *, after: datetime | None=None) -> r.Records[r.Sample]:
        """What was measured in a rollout, oldest first: the newest, or the first after an instant."""
        return await self._run(self.manager.samples, id, limit, after=after)

    async def hold(self, id: str, reason: str='') -> r.Deployment:
        """A rollout stays where it is until somebody resumes it; the analysis goes on watching."""
        return await self._run(self.manager.hold, id, reason)

    async def resume(self, id: str) -> r.Deployment:
        """Ends a hold, or lets a step go that waits for a person."""
        return await self._run(self.manager.resume, id)

    async def skip(self, id: str) -> r.Deployment:
        """Skips the steps that are left; the analysis goes on watching."""
        return await self._run(self.manager.skip, id)

    async def abort(self, id: str, reason: str='') -> r.Deployment:
        """Stops a rollout and goes back; says nothing about the release."""
        return await self._run(self.manager.abort, id, reason)

    async def roll_back(self, id: str, reason: str='', over_seconds: int | None=None) -> r.Deployment:
        """Goes back because the release is bad, at once or over a time. After its end this is a new rollout."""
        return await self._run(self.manager.roll_back, id, reason, over_seconds)

    async def gates(self, release: AnyRelease, environment: str) -> r.Gates:
        """What keeps a release out of an environment, or lets it in: open or closed, why, who opens it and how."""
        return await self._run(self.manager.gates, release, environment)

    async def approve(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Says yes at a gate that people sign."""
        return await self._run(self.manager.approve, release, environment, gate, reason)

    async def sign(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Signs that tests or acceptance are done; the same as :meth:`approve`."""
        return await self._run(self.manager.sign, release, environment, gate, reason)

    async def reject(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Says no: the gate stays closed until that is withdrawn."""
        return await self._run(self.manager.reject, release, environment, gate, reason)

    async def withdraw(self, release: AnyRelease, environment: str, gate: str | None=None, reason: str='') -> r.Gates:
        """Takes your word at a gate back."""
        return await self._run(self.manager.withdraw, release, environment, gate, reason)

    async def override(self, release: AnyRelease, environment: str, reason: str, *, name: str | None=None, for_seconds: int | None=None) -> r.Gates:
        """Lets a release through a freeze, or outside of its windows, for eight hours unless given."""
        return await self._run(self.manager.override, release, environment, reason, name=name, for_seconds=for_seconds)

    async def reviews(self, release: AnyRelease | None=None, state: str | None=None) -> r.Records[r.Review]:
        """What emergencies owe afterwards (``due``, ``overdue``) and what was found (``done``): of one release, or of all."""
        return await self._run(self.manager.reviews, release, state)

    async def review(self, release: AnyRelease, environment: str, outcome: str, note: str) -> r.Records[r.Review]:
        """Says what you found when you looked back at an emergency: ``justified`` or ``unjustified``, and why."""
        return await self._run(self.manager.review, release, environment, outcome, note)

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

    async def add_evidence(self, release: AnyRelease, report: Report, *, artifact: str | None=None, gate: str | None=None, name: str | None=None, format: str | None=None) -> r.Evidence:
        """Adds a report: SARIF, Trivy, JUnit, axe, k6 and others, told by its content."""
        return await self._run(self.manager.add_evidence, release, report, artifact=artifact, gate=gate, name=name, format=format)

    async def evidence(self, release: AnyRelease) -> r.EvidenceList:
        """Reports and waivers of a release."""
        return await self._run(self.manager.evidence, release)

    async def evidence_report(self, release: AnyRelease, report: r.Evidence | str, limit: int | None=None) -> r.EvidenceShown:
        """A report with its findings, the worst first."""
        return await self._run(self.manager.evidence_report, release, report, limit)

    async def evidence_file(self, release: AnyRelease, report: r.Evidence | str) -> bytes:
        """The file of a report, where it is kept: of smoke tests, with what they wrote."""
        return await self._run(self.manager.evidence_file, release, report)

    async def waive(self, release: AnyRelease, finding: str, why: str, until: datetime | timedelta) -> r.EvidenceList:
        """Lets a finding pass, with a reason and an end."""
        return await self._run(self.manager.waive, release, finding, why, until)

    async def projects(self) -> list[str]:
        """The projects of the installation, as far as we may see them; ``ReleaseManager(project=…)`` is about one."""
        return await self._run(self.manager.projects)

    async def add_project(self, name: str) -> None:
        """Adds a project, with components, environments, releases and a history of its own."""
        return await self._run(self.manager.add_project, name)

    async def whoami(self) -> dict[str, Any]:
        """Who the server takes us for, and what we may do."""
        return await self._run(self.manager.whoami)

    async def people(self) -> r.Records[r.Person]:
        """People and service accounts, with what they may do."""
        return await self._run(self.manager.people)

    async def person(self, name: str) -> r.Person:
        """One of them."""
        return await self._run(self.manager.person, name)

    async def add_person(self, name: str, *, display: str | None=None, grants: Iterable[Grant]=(), service: bool=False) -> r.Person:
        """Adds somebody, or with ``service`` an account for a program."""
        return await self._run(self.manager.add_person, name, display=display, grants=grants, service=service)

    async def set_grants(self, person: str, grants: Iterable[Grant]) -> r.Person:
        """Gives exactly these roles."""
        return await self._run(self.manager.set_grants, person, grants)

    async def set_groups(self, person: str, groups: Iterable[str]) -> r.Person:
        """Puts somebody into exactly these groups."""
        return await self._run(self.manager.set_groups, person, groups)

    async def set_links(self, person: str, links: Iterable[Mapping[str, str]]) -> r.Person:
        """Who they are at identity providers, in the place of all before: ``[{"issuer": "https://…", "subject": "2482"}]``."""
        return await self._run(self.manager.set_links, person, links)

    async def disable_person(self, person: str, reason: str) -> r.Person:
        """Sessions and tokens of theirs stop, and approvals that still wait do not count."""
        return await self._run(self.manager.disable_person, person, reason)

    async def enable_person(self, person: str) -> r.Person:
        """Lets somebody in again."""
        return await self._run(self.manager.enable_person, person)

    async def groups(self) -> list[dict[str, Any]]:
        """Groups, with their roles and who is in them."""
        return await self._run(self.manager.groups)

    async def set_group(self, group: str, grants: Iterable[Grant]) -> dict[str, Any]:
        """Gives a group exactly these roles."""
        return await self._run(self.manager.set_group, group, grants)

    async def tokens(self, person: str) -> r.Records[r.Token]:
        """Tokens of somebody, with when each was last used."""
        return await self._run(self.manager.tokens, person)

    async def issue_token(self, person: str, label: str, *, expires_seconds: int | None=None, scope: Iterable[Grant] | None=None) -> tuple[r.Token, str]:
        """Makes a token; its secret is answered this once. With a scope it may do no more than that."""
        return await self._run(self.manager.issue_token, person, label, expires_seconds=expires_seconds, scope=scope)

    async def revoke_token(self, person: str, token: str) -> None:
        """Ends a token at once, by its id."""
        return await self._run(self.manager.revoke_token, person, token)

    async def secrets(self, environment: str) -> r.Records[r.Secret]:
        """Which secrets an environment has or asks for; never their values."""
        return await self._run(self.manager.secrets, environment)

    async def set_secret(self, environment: str, name: str, value: str | bytes) -> r.Secret:
        """Sets a secret: instances that start from now on get it. The same value again changes nothing."""
        return await self._run(self.manager.set_secret, environment, name, value)

    async def remove_secret(self, environment: str, name: str) -> None:
        """Removes a secret that nothing asks for any more."""
        return await self._run(self.manager.remove_secret, environment, name)

    async def rotate_secrets_key(self) -> int:
        """Seals every secret under a new key and forgets the old one; answers how many."""
        return await self._run(self.manager.rotate_secrets_key)

    async def webhooks(self) -> r.Records[r.Webhook]:
        """Every receiver, with what waits for it."""
        return await self._run(self.manager.webhooks)

    async def webhook(self, name: str) -> r.Webhook:
        """One receiver."""
        return await self._run(self.manager.webhook, name)

    async def add_webhook(self, name: str, url: str, events: Iterable[str]=(), *, format: Literal['cdevents', 'tidegate']='cdevents') -> tuple[r.Webhook, str]:
        """Adds a receiver, and answers it with its secret, which is never shown again."""
        return await self._run(self.manager.add_webhook, name, url, events, format=format)

    async def remove_webhook(self, name: str) -> None:
        """Removes a receiver; what still waited for it is given up."""
        return await self._run(self.manager.remove_webhook, name)

    async def enable_webhook(self, name: str) -> r.Webhook:
        """Switches a receiver on; what happened meanwhile is told, too."""
        return await self._run(self.manager.enable_webhook, name)

    async def disable_webhook(self, name: str, reason: str | None=None) -> r.Webhook:
        """Sends nothing until it is switched on again."""
        return await self._run(self.manager.disable_webhook, name, reason)

    async def rotate_webhook_secret(self, name: str) -> tuple[r.Webhook, str]:
        """A new secret; messages are signed with both for a while."""
        return await self._run(self.manager.rotate_webhook_secret, name)

    async def test_webhook(self, name: str) -> r.WebhookTested:
        """Sends one message, and says what came back."""
        return await self._run(self.manager.test_webhook, name)

    async def deliveries(self, name: str, state: str | None=None) -> r.Records[r.Delivery]:
        """Messages to a receiver, newest first: ``waiting``, ``delivered`` or ``dead``."""
        return await self._run(self.manager.deliveries, name, state)

    async def replay(self, name: str, delivery: str | None=None) -> int:
        """Sends one message again, or all that were given up; answers how many."""
        return await self._run(self.manager.replay, name, delivery)

    async def inbound(self) -> r.Records[r.Inbound]:
        """The systems that deliveries are taken from, and which alerts fire."""
        return await self._run(self.manager.inbound)

    async def add_inbound(self, name: str, kind: Literal['github', 'gitlab', 'alertmanager', 'cdevents', 'generic'], on_alert: Literal['record', 'hold', 'abort']='record') -> tuple[r.Inbound, str]:
        """Takes deliveries of another system, and answers it with its secret, which is never shown again."""
        return await self._run(self.manager.add_inbound, name, kind, on_alert)

    async def rotate_inbound_secret(self, name: str) -> tuple[r.Inbound, str]:
        """A new secret; the one before counts for a day."""
        return await self._run(self.manager.rotate_inbound_secret, name)

    async def remove_inbound(self, name: str) -> None:
        """Takes nothing more from it."""
        return await self._run(self.manager.remove_inbound, name)

    async def flags(self, *, kind: FlagKind | None=None, owner: str | None=None, archived: bool=False, stale: bool=False, stale_days: int | None=None) -> r.Records[r.Flag]:
        """Flags, without their definitions."""
        return await self._run(self.manager.flags, kind=kind, owner=owner, archived=archived, stale=stale, stale_days=stale_days)

    async def flag(self, key: str) -> r.Flag:
        """One flag, with its definitions, how it is used, and what waits for a second person."""
        return await self._run(self.manager.flag, key)

    async def create_flag(self, key: str, environments: Iterable[str]=(), definition: Mapping[str, Any] | None=None, *, kind: FlagKind='release', owner: str | None=None, description: str | None=None, remove_by: date | None=None, release: str | None=None, reason: str | None=None) -> r.Flag:
        """A new flag, in environments that are not protected. Without a definition it is a switch that is off."""
        return await self._run(self.manager.create_flag, key, environments, definition, kind=kind, owner=owner, description=description, remove_by=remove_by, release=release, reason=reason)

    async def describe_flag(self, key: str, *, kind: FlagKind | None=None, owner: str | None=None, description: str | None=None, remove_by: date | None=None, release: str | None=None) -> r.Flag:
        """Says something else about a flag; what is not given stays."""
        return await self._run(self.manager.describe_flag, key, kind=kind, owner=owner, description=description, remove_by=remove_by, release=release)

    async def set_flag(self, key: str, environment: str, definition: Mapping[str, Any], reason: str | None=None) -> r.Flag:
        """Defines a flag anew in one environment that is not protected; see :meth:`propose_flag` for others."""
        return await self._run(self.manager.set_flag, key, environment, definition, reason)

    async def flag_off(self, key: str, environment: str, reason: str | None=None) -> r.Flag:
        """Everybody gets the off variant, at once. This needs nobody else, also where it is protected."""
        return await self._run(self.manager.flag_off, key, environment, reason)

    async def flag_on(self, key: str, environment: str, reason: str | None=None) -> r.Flag:
        """Its rules are asked again."""
        return await self._run(self.manager.flag_on, key, environment, reason)

    async def revert_flag(self, key: str, environment: str, edition: int | None=None, reason: str | None=None) -> r.Flag:
        """Makes the definition of an earlier edition the newest one: of the one before, unless given."""
        return await self._run(self.manager.revert_flag, key, environment, edition, reason)

    async def propose_flag(self, key: str, environment: str, definition: Mapping[str, Any] | None=None, *, on: bool | None=None, edition: int | None=None, reason: str | None=None) -> r.Flag:
        """Asks a second person for a change: another definition, on or off, or an earlier edition; one of the three."""
        return await self._run(self.manager.propose_flag, key, environment, definition, on=on, edition=edition, reason=reason)

    async def approve_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Says yes to what somebody else proposed; it happens now. Without a number, to the one that waits there."""
        return await self._run(self.manager.approve_flag, key, environment, proposal, reason)

    async def reject_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Says no to what was proposed."""
        return await self._run(self.manager.reject_flag, key, environment, proposal, reason)

    async def withdraw_flag(self, key: str, environment: str, proposal: int | None=None, reason: str | None=None) -> r.Flag:
        """Takes back what you proposed."""
        return await self._run(self.manager.withdraw_flag, key, environment, proposal, reason)

    async def flag_history(self, key: str, environment: str | None=None) -> r.Records[r.FlagChange]:
        """Each change, newest first, place by place."""
        return await self._run(self.manager.flag_history, key, environment)

    async def flag_exposure(self, key: str, environment: str, *, hours: int=24, points: int=24) -> r.FlagExposure:
        """What was given of a flag over time."""
        return await self._run(self.manager.flag_exposure, key, environment, hours=hours, points=points)

    async def archive_flag(self, key: str, reason: str | None=None) -> r.Flag:
        """Serves it nowhere any more: programs get their own defaults."""
        return await self._run(self.manager.archive_flag, key, reason)

    async def restore_flag(self, key: str, reason: str | None=None) -> r.Flag:
        """Serves it again, as it stood."""
        return await self._run(self.manager.restore_flag, key, reason)

    async def import_flags(self, environment: str, document: Mapping[str, Any], *, format: FlagFormat='flagd', dry_run: bool=False, kind: FlagKind='release', owner: str | None=None, reason: str | None=None) -> r.FlagsImported:
        """Takes every flag of a document that can be served; says of the others why not."""
        return await self._run(self.manager.import_flags, environment, document, format=format, dry_run=dry_run, kind=kind, owner=owner, reason=reason)

    async def export_flags(self, environment: str) -> dict[str, Any]:
        """All flags of an environment in flagd's format."""
        return await self._run(self.manager.export_flags, environment)

    async def try_flags(self, environment: str, subject: str | None=None, attributes: Mapping[str, Any] | None=None, *, key: str | None=None, definition: Mapping[str, Any] | None=None) -> r.Records[r.FlagEvaluation]:
        """What somebody gets, and why: of one flag or of all; with a definition, what they would get by it."""
        return await self._run(self.manager.try_flags, environment, subject, attributes, key=key, definition=definition)

    async def flag_keys(self, environment: str) -> r.Records[r.FlagKey]:
        """By what programs may ask for the flags of an environment."""
        return await self._run(self.manager.flag_keys, environment)

    async def issue_flag_key(self, environment: str, label: str, kind: Literal['server', 'client']='server', *, expires_seconds: int | None=None) -> tuple[r.FlagKey, str]:
        """A new key, and its text, which is shown this once."""
        return await self._run(self.manager.issue_flag_key, environment, label, kind, expires_seconds=expires_seconds)

    async def revoke_flag_key(self, environment: str, id: str) -> r.FlagKey:
        """From now on it opens nothing."""
        return await self._run(self.manager.revoke_flag_key, environment, id)

    async def environments(self) -> r.Records[r.Environment]:
        """What stands where."""
        return await self._run(self.manager.environments)

    async def environment(self, name: str) -> r.Environment:
        """One environment with every running instance."""
        return await self._run(self.manager.environment, name)

    async def diff_environments(self, environment: str, other: str) -> r.EnvironmentDiff:
        """How two environments differ, value by value, and where each value was written."""
        return await self._run(self.manager.diff_environments, environment, other)

    async def drift(self, environment: str) -> r.EnvironmentDrift:
        """How what runs and is routed differs from what was recorded, the worst first, and what mends it."""
        return await self._run(self.manager.drift, environment)

    async def why(self, release: AnyRelease | None=None, environment: str | None=None, *, waiting: bool=False) -> r.Records[r.Why]:
        """Why a release does not move, for every release and environment unless named, and what moves it."""
        return await self._run(self.manager.why, release, environment, waiting=waiting)

    async def logs(self, environment: str, component: str, *, version: str | None=None, instance: int | None=None, lines: int | None=None) -> r.Records[r.LogLine]:
        """The last lines that instances wrote."""
        return await self._run(self.manager.logs, environment, component, version=version, instance=instance, lines=lines)

    def follow_logs(self, environment: str, component: str, *, version: str | None=None, instance: int | None=None, lines: int | None=None) -> AsyncIterator[r.LogLine]:
        """The last lines, and new ones as they come."""
        return self._stream(lambda stop: self.manager.follow_logs(environment, component, version=version, instance=instance, lines=lines, stop=stop))

    async def events(self, *, after: int | None=None, stream: str | None=None, limit: int | None=None) -> r.Records[r.Event]:
        """The history, oldest first: one page above ``after``."""
        return await self._run(self.manager.events, after=after, stream=stream, limit=limit)

    def follow_events(self, *, after: int | None=None, stream: str | None=None) -> AsyncIterator[r.Event]:
        """The history as it grows, from now on unless ``after`` is given; nothing is missed when a connection breaks."""
        return self._stream(lambda stop: self.manager.follow_events(after=after, stream=stream, stop=stop))

    async def audit(self, checkpoints: Iterable[Mapping[str, Any]]=()) -> r.Audit:
        """Verifies the whole history, also against what was kept outside: ``[{"size": 300, "head": "9f…"}]``."""
        return await self._run(self.manager.audit, checkpoints)

    async def checkpoint(self) -> r.CheckpointState:
        """The newest signed head of the history, the key that verifies it, and where it was sent."""
        return await self._run(self.manager.checkpoint)

    async def prove(self, position: int, *, size: int | None=None, since: int | None=None) -> r.Proof:
        """That an event is part of the history (RFC 6962), and that it goes on from what it was at ``since``."""
        return await self._run(self.manager.prove, position, size=size, since=since)

    async def search_audit(self, *, person: str | None=None, release: AnyRelease | None=None, environment: str | None=None, kind: str | None=None, since_ms: int | None=None, until_ms: int | None=None, limit: int=100) -> r.Records[r.Event]:
        """Who did what, newest first; every condition that is given must hold. ``kind`` may end in ``*``."""
        return await self._run(self.manager.search_audit, person=person, release=release, environment=environment, kind=kind, since_ms=since_ms, until_ms=until_ms, limit=limit)

    def export_audit(self, *, after: int | None=None, until: int | None=None) -> AsyncIterator[r.AuditLine]:
        """The history with everything that its hashes are made of: which part it is, then each event, oldest first."""
        return self._stream(lambda stop: self.manager.export_audit(after=after, until=until, stop=stop))

    async def retention(self) -> r.Retention:
        """How long the history remembers from where somebody asked."""
        return await self._run(self.manager.retention)

    async def retain(self, origin_days: int | None) -> r.Retention:
        """Forgets from where somebody asked once it is so many days ago; never for ``None``. Events stay."""
        return await self._run(self.manager.retain, origin_days)

    async def health(self) -> r.Health:
        """Whether store and gateway are well."""
        return await self._run(self.manager.health)

    async def request(self, method: str, *path: str, query: Mapping[str, Any] | None=None, body: Mapping[str, Any] | None=None) -> Any:
        """Any route of the HTTP API under ``/api/v1``, for what has no method here; answers its JSON."""
        return await self._run(self.manager.request, method, *path, query=query, body=body)

    async def measures(self, *, components: Iterable[str]=(), teams: Iterable[str]=(), environments: Iterable[str]=(), from_: date | None=None, to: date | None=None, period: Literal['day', 'week', 'month']='week', zone: str | None=None) -> r.Measures:
        """The five measures of rollouts that ended in production, each with its definition, level and trend."""
        return await self._run(self.manager.measures, components=components, teams=teams, environments=environments, from_=from_, to=to, period=period, zone=zone)

    async def measure_rows(self, measure: Literal['deployment-frequency', 'change-lead-time', 'change-fail-rate', 'failed-deployment-recovery-time', 'mean-time-to-recovery', 'deployment-rework-rate', 'errors'], *, components: Iterable[str]=(), teams: Iterable[str]=(), environments: Iterable[str]=(), from_: date | None=None, to: date | None=None, period: Literal['day', 'week', 'month']='week', zone: str | None=None, limit: int | None=None) -> r.Records[r.MeasureRow]:
        """The rollouts that a figure came from, the newest first, each with why it counts."""
        return await self._run(self.manager.measure_rows, measure, components=components, teams=teams, environments=environments, from_=from_, to=to, period=period, zone=zone, limit=limit)

    async def open_incident(self, title: str, environment: str | None=None, *, component: str | None=None, severity: str | None=None, since: datetime | None=None, rollout: str | None=None, release: AnyRelease | None=None) -> r.Incident:
        """Tells that something is wrong for users; linked to a rollout or a release, that counts as failed."""
        return await self._run(self.manager.open_incident, title, environment, component=component, severity=severity, since=since, rollout=rollout, release=release)

    async def incidents(self, state: Literal['open', 'resolved'] | None=None, environment: str | None=None, limit: int | None=None) -> r.Records[r.Incident]:
        """The newest change first, without notes."""
        return await self._run(self.manager.incidents, state, environment, limit)

    async def incident(self, incident: str) -> r.Incident:
        """One incident, with everything that was said of it."""
        return await self._run(self.manager.incident, incident)

    async def link_incident(self, incident: str, *, rollout: str | None=None, release: AnyRelease | None=None, environment: str | None=None) -> r.Incident:
        """Says what caused it: a rollout, or a release, which is its newest rollout where the incident is."""
        return await self._run(self.manager.link_incident, incident, rollout=rollout, release=release, environment=environment)

    async def unlink_incident(self, incident: str, rollout: str) -> r.Incident:
        """Says that a rollout had nothing to do with it."""
        return await self._run(self.manager.unlink_incident, incident, rollout)

    async def resolve_incident(self, incident: str, at: datetime | None=None) -> r.Incident:
        """Says that it is over: now, or since then."""
        return await self._run(self.manager.resolve_incident, incident, at)

    async def reopen_incident(self, incident: str) -> r.Incident:
        """Says that it was not over."""
        return await self._run(self.manager.reopen_incident, incident)

    async def note_incident(self, incident: str, text: str) -> r.Incident:
        """Writes something down about it."""
        return await self._run(self.manager.note_incident, incident, text)

    async def announce(self, release: AnyRelease, occasion: Occasion, audience: str, *, at: datetime | None=None, when: Reaches | None=None, step: int | None=None, environment: str | None=None, starts: datetime | None=None, downtime: timedelta | None=None, note: str='', subject: str | None=None, text: str | None=None) -> r.Announcement:
        """Tells an audience of a release: now, at a time, or when a rollout in ``environment`` does what ``when`` says."""
        return await self._run(self.manager.announce, release, occasion, audience, at=at, when=when, step=step, environment=environment, starts=starts, downtime=downtime, note=note, subject=subject, text=text)

    async def schedule_announcements(self, release: AnyRelease, audience: str, environment: str, *, at: datetime | None=None, starts: datetime | None=None, downtime: timedelta | None=None, note: str='') -> r.Records[r.Announcement]:
        """Arranges the four announcements of a rollout: its schedule, that it is on its way, that it is out, that it went back."""
        return await self._run(self.manager.schedule_announcements, release, audience, environment, at=at, starts=starts, downtime=downtime, note=note)

    async def announcements(self, release: AnyRelease | None=None) -> r.Records[r.Announcement]:
        """What was told and what is planned, newest first; of one release, or of all."""
        return await self._run(self.manager.announcements, release)

    async def announcement(self, id: str) -> r.Announcement:
        """One announcement, with its words as they went out, or as they would now."""
        return await self._run(self.manager.announcement, id)

    async def cancel_announcement(self, id: str, reason: str | None=None) -> r.Announcement:
        """Keeps back what has not gone out."""
        return await self._run(self.manager.cancel_announcement, id, reason)

    async def announce_again(self, id: str, delivery: str | None=None) -> int:
        """Sends one delivery again, or all that were given up; answers how many."""
        return await self._run(self.manager.announce_again, id, delivery)

    async def announcement_deliveries(self, id: str, state: str | None=None) -> r.Records[r.AnnouncementDelivery]:
        """To whom it goes, how often that was tried, and what came of it: ``waiting``, ``delivered`` or ``dead``."""
        return await self._run(self.manager.announcement_deliveries, id, state)

    async def announcement_templates(self) -> r.Records[r.AnnouncementTemplate]:
        """The words of each occasion."""
        return await self._run(self.manager.announcement_templates)

    async def set_announcement_template(self, occasion: Occasion, subject: str, text: str) -> r.AnnouncementTemplate:
        """Sets the words of an occasion; they are tried before they are taken."""
        return await self._run(self.manager.set_announcement_template, occasion, subject, text)

    async def reset_announcement_template(self, occasion: Occasion) -> r.AnnouncementTemplate:
        """Goes back to the words that came with Tidegate."""
        return await self._run(self.manager.reset_announcement_template, occasion)

    async def preview_announcement(self, occasion: Occasion, release: AnyRelease | None=None, *, subject: str | None=None, text: str | None=None) -> r.AnnouncementPreview:
        """How words would read, filled in from a release or an example; nothing is sent."""
        return await self._run(self.manager.preview_announcement, occasion, release, subject=subject, text=text)

    async def feedback(self, release: AnyRelease) -> r.Feedback:
        """What users said about a release, counted."""
        return await self._run(self.manager.feedback, release)

    async def list_feedback(self, release: AnyRelease | None=None, rating: int | None=None, *, limit: int | None=None) -> r.Records[r.FeedbackAnswer]:
        """Every answer by itself, newest first; of one release or of all, of one rating or of any."""
        return await self._run(self.manager.list_feedback, release, rating, limit=limit)

    async def release_outcome(self, release: AnyRelease) -> r.ReleaseOutcome:
        """How a release went: its deployments as the measures count them, its incidents, and what users say."""
        return await self._run(self.manager.release_outcome, release)

    async def add_feedback(self, release: AnyRelease, rating: int, text: str='') -> r.Feedback:
        """Brings what a user said: 1 (bad) to 5 (good), and a few words."""
        return await self._run(self.manager.add_feedback, release, rating, text)

    async def channels(self) -> r.Records[r.Channel]:
        """By which ways announcements reach people."""
        return await self._run(self.manager.channels)

    async def channel(self, name: str) -> r.Channel:
        """One channel."""
        return await self._run(self.manager.channel, name)

    async def set_mail_channel(self, name: str, host: str, sender: str, *, port: int=587, security: Literal['tls', 'start-tls', 'plain-to-loopback', 'plain']='start-tls', sender_name: str | None=None, user: str | None=None, password: str | None=None) -> r.Channel:
        """A mail server. The password is never shown again; one that was kept stays unless it is given."""
        return await self._run(self.manager.set_mail_channel, name, host, sender, port=port, security=security, sender_name=sender_name, user=user, password=password)

    async def set_room_channel(self, name: str, kind: Literal['slack', 'teams', 'webhook'], url: str | None=None) -> tuple[r.Channel, str | None]:
        """A room of Slack or Teams, or any receiver, with the secret of a new webhook, which is never shown again."""
        return await self._run(self.manager.set_room_channel, name, kind, url)

    async def set_page_channel(self, name: str, title: str, *, mail: str | None=None, url: str | None=None) -> r.Channel:
        """The public page; readers subscribe by the channel of mail that it names."""
        return await self._run(self.manager.set_page_channel, name, title, mail=mail, url=url)

    async def test_channel(self, name: str, to: str | None=None) -> r.ChannelTested:
        """Tries a channel now, and says what came of it; by mail with a letter ``to`` somebody, else by signing in alone."""
        return await self._run(self.manager.test_channel, name, to)

    async def remove_channel(self, name: str) -> None:
        """Removes a channel that nothing uses."""
        return await self._run(self.manager.remove_channel, name)

    async def audiences(self) -> r.Records[r.Audience]:
        """Whom announcements are for."""
        return await self._run(self.manager.audiences)

    async def set_audience(self, name: str, channels: Iterable[str], addresses: Iterable[str]=()) -> r.Audience:
        """Sets by which channels an audience is reached, and who is written to by mail."""
        return await self._run(self.manager.set_audience, name, channels, addresses)

    async def remove_audience(self, name: str) -> None:
        """Removes an audience, and forgets its addresses."""
        return await self._run(self.manager.remove_audience, name)

    async def subscribers(self) -> r.Records[r.Subscriber]:
        """Who reads the public page by mail."""
        return await self._run(self.manager.subscribers)

    async def remove_subscriber(self, id: str) -> None:
        """Takes somebody off the list, and forgets their address."""
        return await self._run(self.manager.remove_subscriber, id)
