"""What was configured."""

from __future__ import annotations

from typing import Any

from ._record import Record, Records
from ._releases import RollbackTrigger


class Applied(Record):
    """What a configuration changed, or would."""

    changes: list[str]
    dry_run: bool

    def _says(self) -> str:
        return "; ".join(self.changes) or "nothing to change"


class SampleMade(Record):
    """The sample shop, as it was set up."""

    shop: str
    environments: list[str]
    releases: list[str]
    changes: list[str]

    def _says(self) -> str:
        return f"{', '.join(self.releases)}; in production at {self.shop}"


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
