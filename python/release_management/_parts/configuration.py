"""What `tidegate.yaml` says, set from Python."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import _configuration as configure
from .. import records as r
from .base import AnyRelease, Part, version_of

_FILE_NAME = "release_management"


def is_evidence(gate: Any) -> bool:
    return isinstance(gate, Mapping) and "evidence" in gate


class Configuration(Part):
    """What `tidegate.yaml` says, set from Python."""

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
        return self._of(r.Applied, self._transport.post("apply", body=body))

    def make_sample(self) -> r.SampleMade:
        """Sets up the sample shop, with three releases to try everything with, where nothing is applied yet."""
        return self._of(r.SampleMade, self._transport.post("sample", body={}))

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
        return self._of(r.Pipeline, {"name": name, "stages": names})

    def configure_deployment_strategy(
        self,
        strategy: str,
        options: Mapping[str, Any] | None = None,
        *,
        environment: str | None = None,
        judged: bool | None = None,
    ) -> r.Strategy:
        """How a release enters an environment: ``recreate``, ``rolling``, ``blue-green``, ``canary``, ``phased`` or ``shadow``, with its knobs.

        Without ``environment`` it is that of the pipeline's last stage, where users are. Numbers are percent of traffic
        (``initial_traffic``, ``increment``, ``steps=[5, 25, 50]``) or seconds (``interval``, ``soak``). ``judged`` switches
        the analysis on or off; unless given it stays as it was, which is on for all but recreate and rolling. A judged step is
        left when its evidence is there, which takes requests; without the analysis the clock alone decides.
        """
        document = self.configuration()
        stage = configure.stage(document, environment)
        knobs = configure.set_strategy(stage, strategy, options)
        if judged is not None:
            configure.set_judged(stage, judged)
        self.apply(document)
        told = {"environment": stage["environment"], "strategy": strategy.replace("_", "-"), "options": knobs}
        return self._of(r.Strategy, told)

    def setup_canary_deployment(
        self,
        release: AnyRelease,
        traffic_percentage: float = 5,
        *,
        environment: str | None = None,
        **options: Any,
    ) -> r.Strategy:
        """Begins with this share of traffic: the stage's strategy is a canary from now on, its other knobs stay."""
        # Refused where there is none.
        self._transport.get("releases", version_of(release))
        document = self.configuration()
        stage = configure.stage(document, environment)
        name, knobs = configure.strategy_of(stage)
        knobs = {**(knobs if name == "canary" else {}), **options}
        if not knobs.keys() & {"steps", "climb"}:
            knobs["initial_traffic"] = traffic_percentage
        knobs = configure.set_strategy(stage, "canary", knobs)
        self.apply(document)
        told = {"environment": stage["environment"], "strategy": "canary", "options": knobs}
        return self._of(r.Strategy, told)

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
        return self._of(r.RollbackStrategy, {"environment": stage["environment"], "trigger_conditions": triggers})

    def configure_compliance_gates(
        self, gates: Mapping[str, Mapping[str, Any] | bool], *, environment: str | None = None
    ) -> r.ComplianceGates:
        """Which evidence a release needs to enter an environment; that of the last stage unless given.

        By kind (``security_scan``, ``accessibility``, ``performance_benchmark``, ``unit_tests``, ``end_to_end_tests``, ``smoke_tests``,
        ``licences``, ``sbom`` or a format): ``{"required": True, "pass_threshold": "no critical"}``. ``True``, or no
        threshold, asks for a report that passes the kind's own. ``False`` takes the gate away. Others stay.
        """
        document = self.configuration()
        stage = configure.stage(document, environment)
        configure.remove_gates(stage, [kind for kind, wanted in gates.items() if wanted is False])
        new = [configure.evidence_gate(kind, wanted) for kind, wanted in gates.items() if wanted is not False]
        configure.set_gates(stage, new, replace=False)
        self.apply(document)
        stands = {configure.gate_name(gate): gate["evidence"] for gate in stage.get("gates") or [] if is_evidence(gate)}
        return self._of(r.ComplianceGates, {"environment": stage["environment"], "gates": stands})

    def configure_gates(
        self, gates: Iterable[Mapping[str, Any] | str], *, environment: str | None = None, replace: bool = False
    ) -> r.Applied:
        """Gates of any kind, as ``tidegate.yaml`` writes them: ``{"approval": {"count": 2}}``, ``{"soak": "30m"}``, ``"uat"``.

        Each takes the place of the one with its name; with ``replace`` all others go.
        """
        document = self.configuration()
        configure.set_gates(configure.stage(document, environment), gates, replace)
        return self.apply(document)
