"""What Tidegate answers with.

A record is a read-only mapping of what the server said, with its fields as attributes too, so that
``pandas.DataFrame(rm.releases())`` works and ``release.version`` does. A time ``created_ms`` is also there as a
``datetime``: ``release.created``. Shares of traffic are basis points (10000 is all). A field that an older or newer
server does not know is passed over or passed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar, overload

from . import _display
from .errors import Refused, class_of

if TYPE_CHECKING:
    from .manager import Progress, ReleaseManager

T = TypeVar("T")


class Record(Mapping[str, Any]):
    """A read-only mapping whose keys are attributes too."""

    _nested: ClassVar[Mapping[str, type[Record]]] = {}
    __slots__ = ("_data", "_manager")

    def __init__(self, data: Mapping[str, Any], manager: ReleaseManager | None = None) -> None:
        self._data = dict(data)
        self._manager = manager

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        data = self._data
        name = name.removesuffix("_")  # `from` is a word of Python's
        if name in data:
            return self._wrapped(name, data[name])
        if f"{name}_ms" in data:
            milliseconds = data[f"{name}_ms"]
            return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(data)}")

    def _wrapped(self, name: str, value: Any) -> Any:
        kind = self._nested.get(name)
        if kind is None or value is None:
            return value
        if isinstance(value, list):
            return Records(kind(item, self._manager) for item in value)
        if kind in _BY_NAME.get(type(self).__name__, {}).get(name, ()):
            return {key: kind(item, self._manager) for key, item in value.items()}
        return kind(value, self._manager)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash((type(self).__name__, repr(sorted(self._data.items(), key=lambda item: item[0]))))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._data})

    def __reduce__(self) -> tuple[Any, ...]:
        # What was said can be kept; the connection to who said it cannot.
        return type(self), (self._data,)

    def as_dict(self) -> dict[str, Any]:
        """What the server said."""
        return dict(self._data)

    def _says(self) -> str:
        """One line about it, for people."""
        return ", ".join(f"{key}={value!r}" for key, value in self._data.items() if not isinstance(value, list | dict))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._says()}>"

    def _repr_html_(self) -> str:
        return _display.card(type(self).__name__, self._says(), self._data)

    def _who(self) -> ReleaseManager:
        if self._manager is None:
            raise class_of("no-manager")(
                "this record is no longer connected to a ReleaseManager",
                help="ask the manager for it again, for example rm.rollout(record.id)",
            )
        return self._manager


class Records(list[T]):
    """A list that shows itself as a table, and that pandas takes."""

    @overload
    def __getitem__(self, key: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> Records[T]: ...
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Records(found) if isinstance(key, slice) else found

    def _repr_html_(self) -> str:
        return _display.table([item for item in self if isinstance(item, Mapping)])


class Applied(Record):
    """What a configuration changed, or would."""

    changes: list[str]
    dry_run: bool

    def _says(self) -> str:
        return "; ".join(self.changes) or "nothing to change"


class Gate(Record):
    """One condition before a change."""

    name: str
    kind: str
    open: bool
    why: str
    who: str
    command: str
    since: datetime | None
    opens: datetime | None

    def _says(self) -> str:
        return f"{self.name} ({self.kind}) {'open' if self.open else 'closed'}: {self.why}"


class Gates(Record):
    """Every gate between a release and an environment."""

    _nested = {"gates": Gate}
    release: str
    environment: str
    open: bool
    digest: str
    gates: Records[Gate]

    @property
    def closed(self) -> Records[Gate]:
        """Those that keep it out."""
        return Records(gate for gate in self.gates if not gate.open)

    def _says(self) -> str:
        names = ", ".join(gate.name for gate in self.closed)
        return f"{self.release} to {self.environment}: {'open' if self.open else f'closed by {names}'}"

    def _repr_html_(self) -> str:
        return _display.card("Gates", self._says(), {}) + _display.table(self["gates"], ["name", "kind", "open", "why"])


class Step(Record):
    """One rung of a rollout's way."""

    name: str
    weight: int | None
    dwell_seconds: int
    confirm: bool

    def _says(self) -> str:
        person = ", a person lets it go" if self.confirm else ""
        return f"{self.name} for {self.dwell_seconds} s{person}"


class Judgement(Record):
    """The newest word of the analysis."""

    verdict: str
    action: str
    evidence: float
    allowed_weight: int
    explanation: str

    def _says(self) -> str:
        return f"{self.verdict}: {self.explanation}"


class Leg(Record):
    """One component's part of a rollout."""

    _nested = {"judgement": Judgement, "plan": Step}
    component: str
    stable: str | None
    candidate: str
    step: int
    steps: int
    step_name: str
    stage: str
    weight: int | None
    wanted_weight: int
    candidate_ready: int
    candidate_wanted: int
    restarts: int
    reason: str | None
    judgement: Judgement | None
    plan: Records[Step]

    def _says(self) -> str:
        return f"{self.component} {self.stable or 'nothing'} → {self.candidate}, step {self.step} of {self.steps}"


class Hold(Record):
    """Who holds a rollout, and why."""

    by: str
    reason: str


class Rollout(Record):
    """One release moving through one strategy in one environment."""

    _nested = {"legs": Leg, "hold": Hold}
    id: str
    release: str
    environment: str
    kind: str
    strategy: str
    state: str
    cause: str | None
    started_by: str
    started: datetime
    changed: datetime
    component: str
    legs: Records[Leg]
    fault: str | None
    alarmed: bool

    FINAL: ClassVar[frozenset[str]] = frozenset({"succeeded", "rolled-back", "cancelled"})

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after this."""
        return self.state in self.FINAL

    @property
    def held_by(self) -> Hold | None:
        """Who holds it; ``hold`` is what you do to it."""
        held = self._data.get("hold")
        return None if held is None else Hold(held)

    @property
    def share(self) -> float | None:
        """The candidate's share of traffic, 0 to 1, as last read back; none while nobody answers."""
        legs = [leg for leg in self["legs"] if leg["component"] == self["component"]]
        weight = legs[0]["weight"] if legs else None
        return None if weight is None else weight / 10_000

    def _says(self) -> str:
        share = "" if self.share is None else f" at {self.share:.4g}".replace("at 1", "at all traffic")
        cause = f" ({self.cause})" if self.cause else ""
        return f"{self.id}: {self.release} to {self.environment} by {self.strategy}, {self.state}{share}{cause}"

    def refresh(self) -> Rollout:
        """As it is now."""
        return self._who().rollout(self["id"])

    def hold(self, reason: str = "") -> None:
        """It stays where it is until somebody resumes it."""
        self._who().hold(self["id"], reason)

    def resume(self) -> None:
        """Ends a hold, or lets a step go that waits for a person."""
        self._who().resume(self["id"])

    def skip(self) -> None:
        """Skips the steps that are left; the analysis goes on watching."""
        self._who().skip(self["id"])

    def abort(self, reason: str = "") -> None:
        """Stops it and goes back; says nothing about the release."""
        self._who().abort(self["id"], reason)

    def roll_back(self, reason: str = "", over_seconds: int | None = None) -> Deployment:
        """Goes back because the release is bad."""
        return self._who().roll_back(self["id"], reason, over_seconds)

    def watch(self) -> Iterator[Rollout]:
        """Each change, until it has ended."""
        return self._who().watch(self["id"])

    def wait(self, timeout: float | None = None, progress: Progress | None = None) -> Rollout:
        """Until it has ended."""
        return self._who().wait(self["id"], timeout=timeout, progress=progress).rollouts[0]

    def samples(self, limit: int | None = None) -> Records[Sample]:
        """What was measured."""
        return self._who().samples(self["id"], limit)


class Artifact(Record):
    """What a component of a release runs from."""

    version: str
    digest: str | None


class Standing(Record):
    """How a release stands in one environment."""

    state: str
    rollout: str
    reason: str | None
    barred: bool


class Release(Record):
    """A named, frozen set of component versions."""

    _nested = {"components": Artifact, "standings": Standing}
    version: str
    kind: str
    change: str
    author: str
    created: datetime
    changed: datetime
    notes: list[str]
    components: dict[str, Artifact]
    standings: dict[str, Standing]

    def _says(self) -> str:
        places = ", ".join(f"{place} {standing['state']}" for place, standing in self["standings"].items())
        return f"{self.version} of {', '.join(self['components'])}{': ' + places if places else ''}"

    def refresh(self) -> Release:
        """As it is now."""
        return self._who().release(self["version"])

    def complete(self, components: Mapping[str, Any]) -> Release:
        """Gives components that were only named their artifacts, as long as it has been nowhere."""
        return self._who().complete_release(self, components)

    def plan(self, environment: str, strategy: str | None = None) -> PlannedDeployment:
        """What bringing it there would do."""
        return self._who().plan_deployment(self, environment, strategy)

    def deploy(self, environment: str, **options: Any) -> Deployment:
        """Starts bringing it into an environment."""
        return self._who().deploy(self["version"], environment, **options)

    def promote(self, to: str | None = None) -> Deployment:
        """Into the next stage, if it is verified in the one before."""
        return self._who().promote(self["version"], to)

    def gates(self, environment: str) -> Gates:
        """What keeps it out of an environment, or lets it in."""
        return self._who().gates(self["version"], environment)

    def add_evidence(self, report: Any, **purpose: Any) -> Evidence:
        """Adds a report about it."""
        return self._who().add_evidence(self["version"], report, **purpose)


class PlannedLeg(Record):
    """One component's part of a plan."""

    _nested = {"steps": Step}
    component: str
    stable: str | None
    candidate: str
    replicas: int
    listen: str | None
    runs: bool
    steps: Records[Step]

    def _says(self) -> str:
        runs = "" if self.runs else " (nothing to run yet)"
        way = " → ".join(step["name"] for step in self["steps"])
        return f"{self.component} {self.stable or 'nothing'} → {self.candidate}{runs}: {way}"


class RollbackTrigger(Record):
    """Takes a rollout back when the metric is over the threshold for the whole time."""

    metric: str
    threshold: float
    duration_seconds: int


class Refusal(Record):
    """The answer that a start would get."""

    code: str
    detail: str
    help: str

    def as_error(self) -> Refused:
        """What :meth:`PlannedDeployment.start` would raise."""
        error = class_of(self["code"])(self["detail"], help=self["help"])
        assert isinstance(error, Refused)
        return error


class PlannedDeployment(Record):
    """What bringing a release into an environment would do; nothing happens until :meth:`start`."""

    _nested = {"legs": PlannedLeg, "gates": Gate, "rollback_when": RollbackTrigger, "refusal": Refusal}
    release: str
    environment: str
    strategy: str
    digest: str
    judged: bool
    legs: Records[PlannedLeg]
    gates: Records[Gate]
    rollback_when: Records[RollbackTrigger]
    refusal: Refusal | None

    @property
    def ready(self) -> bool:
        """Whether it would start now."""
        return self["refusal"] is None

    def _says(self) -> str:
        refusal = self["refusal"]
        able = "ready" if refusal is None else f"would be refused ({refusal['code']}): {refusal['detail']}"
        by = f" by {self.strategy}" if self.strategy else ""
        return f"{self.release} to {self.environment}{by}, {able}"

    def _repr_html_(self) -> str:
        refusal = self["refusal"]
        told = {} if refusal is None else {"refused": refusal["detail"], "next step": refusal["help"]}
        steps = [{"component": leg["component"], **step} for leg in self["legs"] for step in leg["steps"]]
        return _display.card("Plan", self._says(), told) + _display.table(steps)

    def refresh(self) -> PlannedDeployment:
        """As it would be now."""
        return self._who().plan_deployment(self["release"], self["environment"], self["strategy"] or None)

    def start(self, *, supersede: bool = False, independent: bool = False) -> Deployment:
        """Starts it. Refused with the next step where a gate is closed or something has nothing to run yet."""
        return self._who().start(self, supersede=supersede, independent=independent)


class Deployment(Record):
    """One or several rollouts that were started together."""

    _nested = {"rollouts": Rollout}
    rollouts: Records[Rollout]

    @property
    def ids(self) -> list[str]:
        """Of its rollouts."""
        return [rollout["id"] for rollout in self["rollouts"]]

    @property
    def is_final(self) -> bool:
        """Whether all of it has ended, as far as is known here (:meth:`refresh`)."""
        return all(rollout["state"] in Rollout.FINAL for rollout in self["rollouts"])

    @property
    def succeeded(self) -> bool:
        """Whether all of it stayed."""
        return all(rollout["state"] == "succeeded" for rollout in self["rollouts"])

    @property
    def state(self) -> str:
        """Of all of it: the first that is not ``succeeded``."""
        states = [rollout["state"] for rollout in self["rollouts"]]
        return next((state for state in states if state != "succeeded"), "succeeded")

    def _says(self) -> str:
        return "; ".join(Rollout(rollout)._says() for rollout in self["rollouts"])

    def refresh(self) -> Deployment:
        """As it is now."""
        return self._who().deployment(self.ids)

    def wait(self, timeout: float | None = None, progress: Progress | None = None) -> Deployment:
        """Until all of it has ended. ``progress`` is called with a rollout each time it changed."""
        return self._who().wait(self, timeout=timeout, progress=progress)

    def hold(self, reason: str = "") -> None:
        """It stays where it is until somebody resumes it."""
        for rollout in self.rollouts:
            rollout.hold(reason)

    def resume(self) -> None:
        """Ends a hold, or lets a step go that waits for a person."""
        for rollout in self.rollouts:
            rollout.resume()

    def skip(self) -> None:
        """Skips the steps that are left."""
        for rollout in self.rollouts:
            rollout.skip()

    def abort(self, reason: str = "") -> None:
        """Stops it and goes back."""
        for rollout in self.rollouts:
            rollout.abort(reason)

    def roll_back(self, reason: str = "", over_seconds: int | None = None) -> Deployment:
        """Goes back because the release is bad."""
        back = [rollout.roll_back(reason, over_seconds).ids for rollout in self.rollouts]
        return self._who().deployment([id for ids in back for id in ids])


class Sample(Record):
    """One measurement of a rollout, and what the analysis made of it."""

    at: datetime
    leg: int
    weight: int
    verdict: str
    explanation: str


class Instance(Record):
    """One running process of a version."""

    name: str
    version: str
    ordinal: int
    state: str
    address: str | None
    restarts: int
    reason: str | None
    process_id: int | None


class Slot(Record):
    """One component's place in one environment."""

    _nested = {"instances": Instance}
    component: str
    version: str | None
    previous: str | None
    replicas: int
    ready: list[str]
    listen: str | None
    rollout: str | None
    fault: str | None
    drift: str | None
    instances: Records[Instance]

    def _says(self) -> str:
        return f"{self.component} {self.version or 'nothing'}, {len(self.ready)} of {self.replicas} ready"


class Environment(Record):
    """What stands in one environment."""

    _nested = {"slots": Slot}
    name: str
    target: str
    stage: int | None
    slots: Records[Slot]

    def _says(self) -> str:
        return f"{self.name}: " + ("; ".join(Slot(slot)._says() for slot in self["slots"]) or "nothing runs there")


class Finding(Record):
    """One thing that a report found."""

    id: str
    severity: str
    title: str
    location: str


class Evidence(Record):
    """A report that was added."""

    _nested = {"worst": Finding}
    id: str
    name: str
    format: str
    tool: str
    gate: str | None
    artifact: str | None
    findings: int

    def _says(self) -> str:
        return f"{self.name} ({self.format} by {self.tool}): {self.findings} findings"


class Waiver(Record):
    """A finding that does not count for a time."""

    finding: str
    who: str
    why: str
    until: datetime


class EvidenceList(Record):
    """Everything that was added for a release."""

    _nested = {"reports": Evidence, "waivers": Waiver}
    reports: Records[Evidence]
    waivers: Records[Waiver]


class CalendarEntry(Record):
    """A freeze or a window."""

    name: str
    kind: str
    reason: str
    from_: str
    zone: str
    holds_now: bool

    def _says(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}{', holds now' if self.holds_now else ''}"


class Event(Record):
    """One line of the history."""

    position: int
    stream: str
    version: int
    kind: str
    actor: str
    at: datetime
    body: dict[str, Any]

    def _says(self) -> str:
        return f"{self.position} {self.kind} of {self.stream} by {self.actor}"


class LogLine(Record):
    """One line that an instance wrote."""

    instance: str
    text: str

    def _says(self) -> str:
        return f"{self.instance} {self.text}"


class Audit(Record):
    """The history, verified from its first event."""

    events: int
    head: str
    chain: str
    first_bad_position: int | None
    why: str | None

    @property
    def ok(self) -> bool:
        """Whether it is the one that was written."""
        return bool(self["chain"] == "ok")

    def _says(self) -> str:
        return f"{self.events} events, {self.chain}{': ' + self.why if self.why else ''}"


class Health(Record):
    """Whether store and gateway are well."""

    ok: bool
    version: str
    process_id: int
    uptime_ms: int
    position: int

    def _says(self) -> str:
        return f"{'well' if self.ok else 'not well'}, version {self.version}, {self.position} events"


class Person(Record):
    """Somebody, or an account for a program."""

    name: str
    kind: str
    display: str
    grants: list[dict[str, Any]]
    groups: list[str]
    disabled: str | None

    def _says(self) -> str:
        roles = ", ".join(grant["role"] for grant in self["grants"])
        return f"{self.name} ({self.kind}){': ' + roles if roles else ''}{', disabled' if self.disabled else ''}"


class Token(Record):
    """What is known of a token; its secret was answered once."""

    id: str
    person: str
    label: str
    expires: datetime
    last_used: datetime | None
    revoked: bool
    valid: bool

    def _says(self) -> str:
        return f"{self.label} of {self.person}, {'valid' if self.valid else 'not valid'}"


class Strategy(Record):
    """How releases enter an environment."""

    environment: str
    strategy: str
    options: dict[str, Any]

    def _says(self) -> str:
        return f"{self.strategy} into {self.environment} {self.options or 'with its defaults'}"


class RollbackStrategy(Record):
    """When a rollout goes back by itself."""

    _nested = {"trigger_conditions": RollbackTrigger}
    environment: str
    trigger_conditions: Records[RollbackTrigger]

    def _says(self) -> str:
        told = [f"{one['metric']} over {one['threshold']}" for one in self["trigger_conditions"]]
        return f"out of {self.environment} when {' or '.join(told) or 'the evidence says so'}"


class ComplianceGates(Record):
    """Which evidence a release needs to enter an environment."""

    environment: str
    gates: dict[str, Any]

    def _says(self) -> str:
        return f"into {self.environment}: {', '.join(self['gates']) or 'none'}"


class Pipeline(Record):
    """Ordered stages."""

    name: str
    stages: list[str]

    def _says(self) -> str:
        return f"{self.name}: {' → '.join(self.stages)}"


#: Fields that hold records by name, rather than one record.
_BY_NAME: dict[str, dict[str, Iterable[type[Record]]]] = {
    "Release": {"components": (Artifact,), "standings": (Standing,)},
}
