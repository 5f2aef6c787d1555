"""What stands where, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._gates import Gate
from ._record import Record, Records


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


class Drift(Record):
    """One difference between what was recorded and what is there."""

    component: str
    kind: str
    severity: str
    subject: str | None
    recorded: str
    observed: str
    help: str

    def _says(self) -> str:
        return f"{self.severity} {self.component} {self.kind} {self.subject or ''}: {self.recorded}; there is: {self.observed}"


class EnvironmentDrift(Record):
    """How what runs differs from what was recorded."""

    _nested = {"drifts": Drift}
    environment: str
    drifts: Records[Drift]
    changing: list[dict[str, str]]

    def _says(self) -> str:
        return f"{self.environment}: {len(self['drifts'])} differences"


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


class AuditLine(Record):
    """A line of an export: the first one says which part of the history it is, each other one is an event."""

    after: int
    until: int
    peaks: list[str]
    position: int
    leaf: str
    event: dict[str, Any]

    def _says(self) -> str:
        if "position" not in self:
            return f"events {self.after + 1} to {self.until}"
        event = self.get("event")
        return f"{self.position} {event['kind'] if event else 'withheld'}"


class Retention(Record):
    """How long the history remembers from where somebody asked."""

    origin_days: int | None
    forgotten_through: int

    def _says(self) -> str:
        return "for ever" if self.origin_days is None else f"{self.origin_days} days"


class Health(Record):
    """Whether store and gateway are well."""

    ok: bool
    version: str
    process_id: int
    uptime_ms: int
    position: int

    def _says(self) -> str:
        return f"{'well' if self.ok else 'not well'}, version {self.version}, {self.position} events"



class WrittenValue(Record):
    """A value, and where it was written."""

    value: str
    inherited_from: str | None


class EnvironmentDifference(Record):
    """What is not the same in two environments."""

    _nested = {"here": WrittenValue, "there": WrittenValue}
    path: str
    here: WrittenValue | None
    there: WrittenValue | None

    def _says(self) -> str:
        return f"{self.path}: {self._side('here')} here, {self._side('there')} there"

    def _side(self, side: str) -> str:
        return "none" if self[side] is None else str(self[side]["value"])


class EnvironmentDiff(Record):
    """How two environments differ."""

    _nested = {"differences": EnvironmentDifference}
    environment: str
    differences: Records[EnvironmentDifference]
    same_secrets: list[str]

    def _says(self) -> str:
        return f"{self.environment} and {self['with']}: {len(self.differences)} differences"


class Why(Record):
    """Why a release stands where it stands, and what moves it."""

    _nested = {"gates": Gate}
    release: str
    environment: str
    stands: str
    why: str
    command: str
    rollout: str | None
    opens: datetime | None
    gates: Records[Gate]

    def _says(self) -> str:
        way = f"; {self.command}" if self.command else ""
        return f"{self.release} in {self.environment} {self.stands}: {self.why}{way}"


class CheckpointSent(Record):
    """A place outside that gets checkpoints."""

    to: str
    size: int | None
    failure: str | None


class CheckpointState(Record):
    """The newest signed head of the history."""

    _nested = {"sent": CheckpointSent}
    key: str
    size: int | None
    head: str | None
    note: str | None
    sent: Records[CheckpointSent]

    def _says(self) -> str:
        return "nothing is signed yet" if self.size is None else f"{self.size} events, head {self.head}"


class Proof(Record):
    """By RFC 6962, all hashes hexadecimal."""

    position: int
    size: int
    head: str
    leaf: str
    inclusion: list[str]
    consistency: list[str] | None

    def _says(self) -> str:
        return f"event {self.position} of {self.size}, head {self.head}"
