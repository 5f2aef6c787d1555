"""What `tidegate.yaml` says, set from Python for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from .. import records as r
from ..manager import AnyRelease
from ._base import Base


class Configuration(Base):
    """What `tidegate.yaml` says, set from Python."""

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
