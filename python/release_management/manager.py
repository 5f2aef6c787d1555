"""Coordinate releases from Python: plan them, gate them, roll them out step by step, and take a bad one back."""

from __future__ import annotations

import atexit
import getpass
import json
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

from . import _configuration as configure
from . import records as r
from ._embedded import Embedded
from ._transport import Stop, Transport
from .errors import TimedOut, refused

#: What is called with a rollout each time it changed.
Progress: TypeAlias = Callable[[r.Rollout], None]
#: A release, or its version.
AnyRelease: TypeAlias = "r.Release | str"
#: What can be waited for.
AnyDeployment: TypeAlias = "r.Deployment | r.Rollout | str | Iterable[str]"
#: A path, the content of a report, or a report that `json` can write.
Report: TypeAlias = "str | os.PathLike[str] | bytes | Mapping[str, Any]"

#: A role, or a role with the environment and project that it is for.
Grant: TypeAlias = "str | Mapping[str, Any]"

_R = TypeVar("_R", bound="r.Record")
_FILE_NAME = "release_management"
_LOOK_EVERY_SECONDS = 0.4
_PAGE = 500
_open: weakref.WeakSet[ReleaseManager] = weakref.WeakSet()


class _Unset:
    pass


_UNSET = _Unset()


class ReleaseManager:
    """Tidegate, in this process or elsewhere.

    ``ReleaseManager()`` runs a server in this process, with its data in ``.tidegate`` here (where ``tidegate up`` keeps
    it too: if that serves there already, it is used). ``ReleaseManager(home=None)`` keeps everything in a scratch
    directory that is gone, with every service, when it is closed. ``ReleaseManager(url=…, token=…)`` talks to a server
    elsewhere; so does ``ReleaseManager()`` where the variable ``TIDEGATE_SERVER`` names one.

    Rollouts move while a server runs: with one in this process, wait for them (``deployment.wait()``) before it ends.
    Services and the gateway are processes of their own and go on serving.

    Any number of threads may use one manager; whatever waits lets the others run.

    :param home: the data directory of a server in this process; ``None`` for a scratch directory
    :param url: where a server listens, ``http://127.0.0.1:7070``
    :param token: an API token, else the variable ``TIDEGATE_TOKEN``
    :param actor: who asks, for the history; else ``TIDEGATE_ACTOR``, else the name you are logged in with
    :param project: one of the projects that the server has, else the variable ``TIDEGATE_PROJECT``; its first one unless
        given
    :param stop_services: whether services and gateway stop with this process's server; only a scratch directory's do
        unless given
    :param timeout_seconds: how long an answer may take; reading artifacts may take longer
    :param ca_file: certificates to trust, for ``https``
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None | _Unset = _UNSET,
        *,
        url: str | None = None,
        token: str | None = None,
        actor: str | None = None,
        project: str | None = None,
        stop_services: bool | None = None,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._embedded: Embedded | None = None
        if url is not None and not isinstance(home, _Unset):
            detail = "a manager runs a server (home) or talks to one (url), not both"
            raise refused("bad-request", detail, "leave out one of the two")
        if url is None and isinstance(home, _Unset):
            url = os.environ.get("TIDEGATE_SERVER") or None
        where = Path.cwd()
        if url is None:
            self._embedded = Embedded(".tidegate" if isinstance(home, _Unset) else home, stop_services)
            url = self._embedded.url
            where = where if home is None else self._embedded.home.parent
        project = project or os.environ.get("TIDEGATE_PROJECT") or None
        # What a configuration is called where there is none yet.
        self._project = configure.project_name(project or where.name) or "project"
        self._transport = Transport(
            url,
            token=token or os.environ.get("TIDEGATE_TOKEN") or None,
            actor=actor or os.environ.get("TIDEGATE_ACTOR") or _user(),
            project=project,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )
        _open.add(self)

    # --- its own life

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self._transport.url

    @property
    def home(self) -> Path | None:
        """The data directory, where the server runs on one of this machine's that was named here."""
        return None if self._embedded is None else self._embedded.home

    @property
    def is_embedded(self) -> bool:
        """Whether the server runs in this process."""
        return self._embedded is not None and self._embedded.is_ours

    def close(self) -> None:
        """Stops the server, if it runs in this process. Rollouts stay where they are until it runs again."""
        _open.discard(self)
        self._transport.close()
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> ReleaseManager:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        home = f" on {self.home}" if self.home is not None else ""
        return f"<ReleaseManager {'in this process' if self.is_embedded else 'at'} {self.url}{home}>"

    def _repr_html_(self) -> str:
        from ._display import card, table

        return card("ReleaseManager", repr(self), {}) + table([*self.environments()], ["name", "target", "stage"])

    # --- configuration

    def configuration(self) -> dict[str, Any]:
        """What is applied, as a dictionary with the keys of ``tidegate.yaml``; every value is a text."""
        found: dict[str, Any] = self._transport.get("configuration")["document"]
        document = found or configure.empty(self._project)
        document.setdefault("components", {})
        document.setdefault("environments", [])
        return document

    def apply(
        self, configuration: Mapping[str, Any] | str | os.PathLike[str], *, dry_run: bool = False
    ) -> r.Applied:
        """Makes a configuration the one that stands: a dictionary, the text of a ``tidegate.yaml``, or its path.

        Applying the same again changes nothing. What is wrong is refused, place by place (``error.diagnostics``).
        """
        name, text = _FILE_NAME, ""
        if isinstance(configuration, Mapping):
            text = json.dumps(configure.written(configuration), indent=1)
        elif isinstance(configuration, str) and "\n" in configuration:
            text = configuration
        else:
            name, text = os.fspath(configuration), Path(configuration).read_text(encoding="utf-8")
        body = {"file_name": name, "text": text, "dry_run": dry_run}
        return r.Applied(self._transport.post("apply", body=body), self)

    def catalog(self) -> dict[str, Any]:
        """What is applied, in short: components, environments in order, stages."""
        found: dict[str, Any] = self._transport.get("catalog")
        return found

    def configure_environments(self, environments: Mapping[str, Mapping[str, Any] | None]) -> r.Applied:
        """Adds environments in this order, or changes those that are there; others stay.

        Keys of each are those of ``tidegate.yaml``: ``variables``, ``tier``, ``owner``, ``protected``, ``inherits``,
        ``components``. A ``name`` that differs from the key is for people: instances there get it as the variable
        ``ENVIRONMENT_NAME``. A new environment runs every component there is.
        """
        document = self.configuration()
        configure.set_environments(document, environments)
        return self.apply(document)

    def configure_components(self, components: Mapping[str, Mapping[str, Any] | None]) -> r.Applied:
        """Adds components, or completes and changes those that are there; others stay.

        Keys of each are those of ``tidegate.yaml`` (``run``, ``variables``, ``readiness``, ``stop``, ``depends_on``), and
        where it stands: ``routes={"production": "127.0.0.1:8080"}``, ``replicas=2``, or in full
        ``environments={"production": {"replicas": 2, "route": {"listen": "127.0.0.1:8080", "path": "/api"}}}``. A new one
        stands in every environment unless told otherwise. One without ``run`` is known by its name only: it can be part
        of releases and plans, and deploying it is refused until it has something to run.
        """
        document = self.configuration()
        configure.set_components(document, components)
        return self.apply(document)

    def setup_release_pipeline(
        self, name: str = "release pipeline", stages: Iterable[str | Mapping[str, Any]] | None = None
    ) -> r.Pipeline:
        """Orders the environments into stages that a release goes through; all of them in their order unless given.

        A stage that is new rolls instances over one by one until :meth:`configure_deployment_strategy` says otherwise;
        one that was there keeps its strategy, rules and gates.
        """
        document = self.configuration()
        configure.set_pipeline(document, name, stages)
        self.apply(document)
        names = [stage["environment"] for stage in document["pipeline"]["stages"]]
        return r.Pipeline({"name": name, "stages": names}, self)

    def configure_deployment_strategy(
        self,
        strategy: str,
        options: Mapping[str, Any] | None = None,
        *,
        environment: str | None = None,
        judged: bool | None = None,
    ) -> r.Strategy:
        """How a release enters an environment: ``recreate``, ``rolling``, ``blue-green`` or ``canary``, with its knobs.

        Without ``environment`` it is that of the pipeline's last stage, where users are. Numbers are percent of traffic
        (``initial_traffic``, ``increment``, ``steps=[5, 25, 50]``) or seconds (``interval``, ``soak``). ``judged`` switches
        the analysis on or off; unless given it stays as it was, which is on for canary and blue-green. A judged step is
        left when its evidence is there, which takes requests; without the analysis the clock alone decides.
        """
        document = self.configuration()
        stage = configure.stage(document, environment)
        knobs = configure.set_strategy(stage, strategy, options)
        if judged is not None:
            configure.set_judged(stage, judged)
        self.apply(document)
        told = {"environment": stage["environment"], "strategy": strategy.replace("_", "-"), "options": knobs}
        return r.Strategy(told, self)

    def setup_canary_deployment(
        self,
        release: AnyRelease,
        traffic_percentage: float = 5,
        *,
        environment: str | None = None,
        **options: Any,
    ) -> r.Strategy:
        """Begins with this share of traffic: the stage's strategy is a canary from now on, its other knobs stay."""
        self.release(_version(release))
        document = self.configuration()
        stage = configure.stage(document, environment)
        name, knobs = configure.strategy_of(stage)
        knobs = {**(knobs if name == "canary" else {}), **options}
        if not knobs.keys() & {"steps", "climb"}:
            knobs["initial_traffic"] = traffic_percentage
        knobs = configure.set_strategy(stage, "canary", knobs)
        self.apply(document)
        told = {"environment": stage["environment"], "strategy": "canary", "options": knobs}
        return r.Strategy(told, self)

    def configure_rollback_strategy(
        self,
        trigger_conditions: Iterable[Mapping[str, Any]] = (),
        *,
        environment: str | None = None,
        **analysis: Any,
    ) -> r.RollbackStrategy:
        """What takes a rollout back by itself, beside the evidence that the analysis gathers.

        A condition is ``{"metric": "error_rate", "threshold": 0.05, "duration_seconds": 60}``; metrics are ``error_rate``,
        ``latency_p50_ms`` to ``latency_p99_ms`` and ``requests_per_second``. Further keywords are knobs of the analysis
        (``scrape_interval``, ``min_duration`` …). Without ``environment`` it is that of the last stage.
        """
        document = self.configuration()
        stage = configure.stage(document, environment)
        triggers = [dict(condition) for condition in trigger_conditions]
        configure.set_triggers(stage, triggers)
        if analysis:
            configure.change_analysis(stage, lambda knobs: knobs.update(configure.written(analysis)))
        self.apply(document)
        return r.RollbackStrategy({"environment": stage["environment"], "trigger_conditions": triggers}, self)

    def configure_compliance_gates(
        self, gates: Mapping[str, Mapping[str, Any] | bool], *, environment: str | None = None
    ) -> r.ComplianceGates:
        """Which evidence a release needs to enter an environment; that of the last stage unless given.

        By kind (``security_scan``, ``accessibility``, ``performance_benchmark``, ``unit_tests``, ``end_to_end_tests``,
        ``licences``, ``sbom`` or a format): ``{"required": True, "pass_threshold": "no critical"}``. ``True``, or no
        threshold, asks for a report that passes the kind's own. ``False`` takes the gate away. Others stay.
        """
        document = self.configuration()
        stage = configure.stage(document, environment)
        configure.remove_gates(stage, [kind for kind, wanted in gates.items() if wanted is False])
        new = [configure.evidence_gate(kind, wanted) for kind, wanted in gates.items() if wanted is not False]
        configure.set_gates(stage, new, replace=False)
        self.apply(document)
        stands = {configure.gate_name(gate): gate["evidence"] for gate in stage.get("gates") or [] if _is_evidence(gate)}
        return r.ComplianceGates({"environment": stage["environment"], "gates": stands}, self)

    def configure_gates(
        self, gates: Iterable[Mapping[str, Any] | str], *, environment: str | None = None, replace: bool = False
    ) -> r.Applied:
        """Gates of any kind, as ``tidegate.yaml`` writes them: ``{"approval": {"count": 2}}``, ``{"soak": "30m"}``, ``"uat"``.

        Each takes the place of the one with its name; with ``replace`` all others go.
        """
        document = self.configuration()
        configure.set_gates(configure.stage(document, environment), gates, replace)
        return self.apply(document)

    # --- releases

    def create_release(
        self,
        version: str,
        components: Iterable[str] | Mapping[str, Any],
        changelog: Iterable[str] = (),
        *,
        hotfix: bool = False,
        change: str | None = None,
    ) -> r.Release:
        """Makes a release: a named, frozen set of component versions.

        ``components`` names what each is made of: ``{"api": "build/api"}`` (a directory, ``.tar.gz`` or ``.tar.zst``), or
        just names for programs that are there already. Components that nobody knows yet become known by their names, to
        be completed by :meth:`configure_components`.
        """
        wanted = dict(components) if isinstance(components, Mapping) else dict.fromkeys(components)
        known = self.catalog()["components"]
        if new := {name: None for name in wanted if name not in known}:
            self.configure_components(new)
        body: dict[str, Any] = {
            "version": version,
            "kind": "hotfix" if hotfix else "planned",
            "components": {name: _artifact(given) for name, given in wanted.items()},
            "notes": [changelog] if isinstance(changelog, str) else list(changelog),
        }
        release = r.Release(self._transport.post("releases", body=body), self)
        return release if change is None else self.set_change(version, change)

    def complete_release(self, release: AnyRelease, components: Mapping[str, Any]) -> r.Release:
        """Gives components that were only named their artifacts, as long as the release has been nowhere.

        What people said at gates was about what would have gone out before, and no longer counts.
        """
        stands = self.release(_version(release))
        return self.create_release(
            stands.version, components, stands.notes, hotfix=bool(stands["kind"] == "hotfix")
        )

    def releases(self, limit: int | None = None) -> r.Records[r.Release]:
        """The newest change first."""
        return self._pages(r.Release, ("releases",), {}, limit)

    def release(self, version: str) -> r.Release:
        """One release: what it holds, and where it stands."""
        return r.Release(self._transport.get("releases", version), self)

    def set_change(self, version: str, change: str) -> r.Release:
        """How much consent it needs: ``standard``, ``normal`` or ``emergency``."""
        return r.Release(self._transport.put("releases", version, "change", body={"change": change}), self)

    def allow(self, version: str, environment: str) -> r.Release:
        """Lifts the bar that a rollback left: automation may bring the release there once more."""
        body = {"environment": environment}
        return r.Release(self._transport.post("releases", version, "allow", body=body), self)

    # --- deployments

    def plan_deployment(
        self, release: AnyRelease, target_environment: str, strategy: str | None = None
    ) -> r.PlannedDeployment:
        """What bringing a release into an environment would do, and why it could not be started now.

        A strategy with the name of the stage's own means that one with its knobs; another one means its defaults.
        """
        query = {"release": _version(release), "strategy": self._other_strategy(target_environment, strategy)}
        found = self._transport.get("environments", target_environment, "outline", query=query)
        return r.PlannedDeployment({**found, "asked_strategy": query["strategy"]}, self)

    def start(
        self, plan: r.PlannedDeployment, *, supersede: bool = False, independent: bool = False
    ) -> r.Deployment:
        """Starts what was planned, as things stand now."""
        body = {
            "release": plan["release"],
            "strategy": plan.get("asked_strategy"),
            "supersede": supersede,
            "independent": independent,
        }
        return self._started(self._transport.post("environments", plan["environment"], "rollouts", body=body))

    def deploy(
        self,
        release: AnyRelease,
        environment: str,
        strategy: str | None = None,
        *,
        supersede: bool = False,
        independent: bool = False,
    ) -> r.Deployment:
        """Starts bringing a release into an environment."""
        body = {
            "release": _version(release),
            "strategy": self._other_strategy(environment, strategy),
            "supersede": supersede,
            "independent": independent,
        }
        return self._started(self._transport.post("environments", environment, "rollouts", body=body))

    def promote(self, release: AnyRelease, to: str | None = None, *, supersede: bool = False) -> r.Deployment:
        """Into the next stage, or the one named, if it is verified in the one before."""
        body = {"to": to, "supersede": supersede}
        return self._started(self._transport.post("releases", _version(release), "promotions", body=body))

    def deployment(self, ids: Iterable[str]) -> r.Deployment:
        """Rollouts by their ids, as one."""
        return r.Deployment({"rollouts": [self.rollout(id).as_dict() for id in ids]}, self)

    def wait(
        self,
        deployment: AnyDeployment,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
        stop: Stop | None = None,
    ) -> r.Deployment:
        """Until all of it has ended, however that is: look at ``succeeded`` and ``state``.

        ``progress`` is called with a rollout each time it changed. After ``timeout`` seconds :class:`errors.TimedOut`
        is raised and it goes on.
        """
        ids = _ids(deployment)
        stop = stop or Stop()
        deadline = None if timeout is None else time.monotonic() + timeout
        ended = []
        for id in ids:
            last = None
            for last in self._changes(id, deadline, stop):
                if progress is not None:
                    progress(last)
            if last is None or not last.is_final:
                help = f"it goes on; wait again, or watch it: tidegate rollout watch {id}"
                raise TimedOut(f"{id} has not ended in the time given", help=help)
            ended.append(last.as_dict())
        return r.Deployment({"rollouts": ended}, self)

    def watch(self, rollout: r.Rollout | str, *, stop: Stop | None = None) -> Iterator[r.Rollout]:
        """A rollout as it is, and then each time it changed, until it has ended."""
        return self._changes(rollout if isinstance(rollout, str) else rollout["id"], None, stop or Stop())

    def rollouts(
        self, environment: str | None = None, state: str | None = None, limit: int | None = None
    ) -> r.Records[r.Rollout]:
        """The newest change first."""
        return self._pages(r.Rollout, ("rollouts",), {"environment": environment, "state": state}, limit)

    def rollout(self, id: str) -> r.Rollout:
        """One rollout with every step."""
        return r.Rollout(self._transport.get("rollouts", id), self)

    def samples(self, id: str, limit: int | None = None) -> r.Records[r.Sample]:
        """What was measured in a rollout, oldest first."""
        return self._list(r.Sample, ("rollouts", id, "samples"), {"limit": limit})

    def hold(self, id: str, reason: str = "") -> r.Deployment:
        """A rollout stays where it is until somebody resumes it; the analysis goes on watching."""
        return self._act(id, "hold", {"reason": reason})

    def resume(self, id: str) -> r.Deployment:
        """Ends a hold, or lets a step go that waits for a person."""
        return self._act(id, "resume", {})

    def skip(self, id: str) -> r.Deployment:
        """Skips the steps that are left; the analysis goes on watching."""
        return self._act(id, "promote", {})

    def abort(self, id: str, reason: str = "") -> r.Deployment:
        """Stops a rollout and goes back; says nothing about the release."""
        return self._act(id, "abort", {"reason": reason})

    def roll_back(self, id: str, reason: str = "", over_seconds: int | None = None) -> r.Deployment:
        """Goes back because the release is bad, at once or over a time. After its end this is a new rollout."""
        return self._act(id, "rollback", {"reason": reason, "over_seconds": over_seconds})

    # --- gates

    def gates(self, release: AnyRelease, environment: str) -> r.Gates:
        """What keeps a release out of an environment, or lets it in: open or closed, why, who opens it and how."""
        found = self._transport.get("environments", environment, "gates", query={"release": _version(release)})
        return r.Gates(found, self)

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
        body = _given(release=_version(release), name=name, reason=reason, for_seconds=for_seconds)
        return r.Gates(self._transport.post("environments", environment, "gates", "override", body=body), self)

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

    def import_calendar(self, feed: str, document: str | bytes, zone: str | None = None) -> list[str]:
        """The events of an iCalendar document as freezes; those that it no longer names go."""
        content = document.encode() if isinstance(document, str) else document
        path = ("calendar", "feeds", feed)
        found = self._transport.upload(*path, query={"zone": zone}, content=content, kind="text/calendar")
        return list(found["entries"])

    def calendar_feed(self) -> str:
        """Every occurrence of the next 400 days, as iCalendar."""
        return self._transport.text("calendar.ics")

    # --- evidence

    def add_evidence(
        self,
        release: AnyRelease,
        report: Report,
        *,
        artifact: str | None = None,
        gate: str | None = None,
        name: str | None = None,
        format: str | None = None,
    ) -> r.Evidence:
        """Adds a report: SARIF, Trivy, JUnit, axe, k6 and others, told by its content.

        :param report: its path, its content, or what ``json`` would write
        :param artifact: the component it is about, where it does not say so itself
        :param gate: the kind of gate it is for, where its content fits several
        :param name: a later report with the same name, format and tool takes its place
        """
        file_name, content = _report(report)
        query = {"name": name, "file_name": file_name, "gate": gate, "artifact": artifact, "format": format}
        found = self._transport.upload("releases", _version(release), "evidence", query=query, content=content)
        return r.Evidence(found, self)

    def evidence(self, release: AnyRelease) -> r.EvidenceList:
        """Reports and waivers of a release."""
        return r.EvidenceList(self._transport.get("releases", _version(release), "evidence"), self)

    def waive(
        self, release: AnyRelease, finding: str, why: str, until: datetime | timedelta
    ) -> r.EvidenceList:
        """Lets a finding pass, with a reason and an end."""
        end = datetime.now(timezone.utc) + until if isinstance(until, timedelta) else until
        body = {"finding": finding, "why": why, "until_ms": round(end.timestamp() * 1000)}
        return r.EvidenceList(self._transport.post("releases", _version(release), "waivers", body=body), self)

    # --- projects

    def projects(self) -> list[str]:
        """The projects of the installation, as far as we may see them; ``ReleaseManager(project=…)`` is about one."""
        return [str(project["name"]) for project in self._transport.get("projects")["items"]]

    def add_project(self, name: str) -> None:
        """Adds a project, with components, environments, releases and a history of its own."""
        self._transport.post("projects", body={"name": name})

    # --- people and tokens

    def whoami(self) -> dict[str, Any]:
        """Who the server takes us for, and what we may do."""
        found: dict[str, Any] = self._transport.get("session")
        return found

    def people(self) -> r.Records[r.Person]:
        """People and service accounts, with what they may do."""
        return self._list(r.Person, ("people",), {})

    def person(self, name: str) -> r.Person:
        """One of them."""
        return r.Person(self._transport.get("people", name), self)

    def add_person(
        self, name: str, *, display: str | None = None, grants: Iterable[Grant] = (), service: bool = False
    ) -> r.Person:
        """Adds somebody, or with ``service`` an account for a program.

        A grant is a role (``"developer"``), or ``{"role": "approver", "environment": "production"}``.
        """
        kind = "service" if service else "person"
        body = _given(name=name, kind=kind, display=display) | {"grants": _grants(grants)}
        return r.Person(self._transport.post("people", body=body), self)

    def set_grants(self, person: str, grants: Iterable[Grant]) -> r.Person:
        """Gives exactly these roles."""
        return r.Person(self._transport.put("people", person, "grants", body={"grants": _grants(grants)}), self)

    def set_groups(self, person: str, groups: Iterable[str]) -> r.Person:
        """Puts somebody into exactly these groups."""
        return r.Person(self._transport.put("people", person, "groups", body={"groups": list(groups)}), self)

    def disable_person(self, person: str, reason: str) -> r.Person:
        """Sessions and tokens of theirs stop, and approvals that still wait do not count."""
        return r.Person(self._transport.post("people", person, "disable", body={"reason": reason}), self)

    def enable_person(self, person: str) -> r.Person:
        """Lets somebody in again."""
        return r.Person(self._transport.post("people", person, "enable", body={}), self)

    def groups(self) -> list[dict[str, Any]]:
        """Groups, with their roles and who is in them."""
        return list(self._transport.get("groups")["items"])

    def set_group(self, group: str, grants: Iterable[Grant]) -> dict[str, Any]:
        """Gives a group exactly these roles."""
        found: dict[str, Any] = self._transport.put("groups", group, body={"grants": _grants(grants)})
        return found

    def tokens(self, person: str) -> r.Records[r.Token]:
        """Tokens of somebody, with when each was last used."""
        return self._list(r.Token, ("people", person, "tokens"), {})

    def issue_token(
        self,
        person: str,
        label: str,
        *,
        expires_seconds: int | None = None,
        scope: Iterable[Grant] | None = None,
    ) -> tuple[r.Token, str]:
        """Makes a token; its secret is answered this once. With a scope it may do no more than that."""
        body = _given(label=label, expires_seconds=expires_seconds)
        if scope is not None:
            body["scope"] = _grants(scope)
        found = self._transport.post("people", person, "tokens", body=body)
        return r.Token(found["token"], self), str(found["secret"])

    def revoke_token(self, person: str, token: str) -> None:
        """Ends a token at once, by its id."""
        self._transport.delete("people", person, "tokens", token)

    # --- looking

    def environments(self) -> r.Records[r.Environment]:
        """What stands where."""
        return self._list(r.Environment, ("environments",), {})

    def environment(self, name: str) -> r.Environment:
        """One environment with every running instance."""
        return r.Environment(self._transport.get("environments", name), self)

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
            yield r.LogLine(line, self)

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
            yield r.Event(event, self)

    def audit(self) -> r.Audit:
        """Verifies the whole history."""
        return r.Audit(self._transport.get("audit", slow=True), self)

    def health(self) -> r.Health:
        """Whether store and gateway are well."""
        return r.Health(self._transport.health(), self)

    def request(
        self,
        method: str,
        *path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Any route of the HTTP API under ``/api/v1``, for what has no method here; answers its JSON."""
        return self._transport._ask(method.upper(), path, query=query, body=body, slow=True)

    # --- inside

    def _list(self, kind: type[_R], path: tuple[str, ...], query: Mapping[str, Any]) -> r.Records[_R]:
        page = self._transport.get(*path, query=query)
        return r.Records(kind(item, self) for item in page["items"])

    def _pages(
        self, kind: type[_R], path: tuple[str, ...], query: Mapping[str, Any], limit: int | None
    ) -> r.Records[_R]:
        """Page after page; what changes meanwhile moves to the front, and is not shown twice."""
        found: r.Records[_R] = r.Records()
        seen: set[str] = set()
        before = None
        while True:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._transport.get(*path, query={**query, "before": before, "limit": size})
            for item in page["items"]:
                name = str(item.get("id") or item.get("version"))
                if name not in seen:
                    seen.add(name)
                    found.append(kind(item, self))
            before = page["next"]
            if before is None or (limit is not None and len(found) >= limit):
                return found if limit is None else found[:limit]

    def _changes(self, id: str, deadline: float | None, stop: Stop) -> Iterator[r.Rollout]:
        last: dict[str, Any] | None = None
        while True:
            rollout = self.rollout(id)
            told = {key: value for key, value in rollout.as_dict().items() if key != "next"}
            if told != last:
                last = told
                yield rollout
            if rollout.is_final:
                return
            if deadline is not None and time.monotonic() > deadline:
                return
            if stop.wait(_LOOK_EVERY_SECONDS):
                return

    def _started(self, answer: Mapping[str, Any]) -> r.Deployment:
        return self.deployment(answer["rollouts"])

    def _act(self, id: str, verb: str, body: Mapping[str, Any]) -> r.Deployment:
        return self._started(self._transport.post("rollouts", id, verb, body=body))

    def _vote(
        self, release: AnyRelease, environment: str, gate: str | None, choice: str, reason: str
    ) -> r.Gates:
        body = _given(release=_version(release), gate=gate, choice=choice, reason=reason)
        return r.Gates(self._transport.post("environments", environment, "gates", "votes", body=body), self)

    def _calendar_entry(
        self,
        kind: str,
        name: str,
        what: tuple[str, str | datetime, str | datetime | None],
        options: Mapping[str, Any],
    ) -> r.CalendarEntry:
        reason, start, until = what
        body = {key.removesuffix("_"): value for key, value in options.items()}
        body |= _given(kind=kind, reason=reason, **{"from": _local(start), "until": _local(until)})
        return r.CalendarEntry(self._transport.put("calendar", name, body=body), self)

    def _other_strategy(self, environment: str, strategy: str | None) -> str | None:
        """None where it is the stage's own, which has knobs that a name does not."""
        if strategy is None:
            return None
        strategy = strategy.replace("_", "-")
        stages = self.catalog()["stages"]
        own = next((stage["strategy"] for stage in stages if stage["environment"] == environment), None)
        return None if strategy == own else strategy


def _version(release: AnyRelease) -> str:
    return release if isinstance(release, str) else str(release["version"])


def _ids(deployment: AnyDeployment) -> list[str]:
    if isinstance(deployment, r.Deployment):
        return deployment.ids
    if isinstance(deployment, r.Rollout):
        return [str(deployment["id"])]
    return [deployment] if isinstance(deployment, str) else list(deployment)


def _artifact(given: Any) -> dict[str, Any]:
    if given is None:
        return {"command": True}
    if isinstance(given, Mapping):
        told = dict(given)
        if told.get("path") is not None:
            told["path"] = str(Path(os.fspath(told["path"])).absolute())
        return told
    # The server is another process, perhaps with another working directory.
    return {"path": str(Path(os.fspath(given)).absolute())}


def _report(report: Report) -> tuple[str | None, bytes]:
    if isinstance(report, bytes):
        return None, report
    if isinstance(report, Mapping):
        return None, json.dumps(report).encode()
    path = Path(report)
    return path.name, path.read_bytes()


def _local(time: str | datetime | None) -> str | None:
    """Calendars think in local times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(time, datetime) else time


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _grants(grants: Iterable[Grant]) -> list[dict[str, Any]]:
    return [{"role": grant} if isinstance(grant, str) else dict(grant) for grant in grants]


def _is_evidence(gate: Any) -> bool:
    return isinstance(gate, Mapping) and "evidence" in gate


def _user() -> str | None:
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
    fits = 1 <= len(name.strip()) <= 100 and name.isascii() and name.isprintable() and name.strip() != "tidegate"
    return name if fits else None


@atexit.register
def _close_all() -> None:
    for manager in list(_open):
        try:
            manager.close()
        except Exception:  # the interpreter ends: whatever could not be closed ends with it
            continue


__all__ = ["AnyDeployment", "AnyRelease", "Grant", "Progress", "ReleaseManager", "Report"]
