"""The project's first description: word for word, and what it sets up is real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import K6, Visitors, component, free_port, sarif, until, visit
from release_management import Deployment, PlannedDeployment, Refused, ReleaseManager, errors

SEED = Path(__file__).with_name("seed_example.py")
NAMES = ["api", "web", "mobile"]


def played() -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(SEED.read_text(), str(SEED), "exec"), scope)
    return scope


def test_it_runs_word_for_word_and_stands_on_the_server(place: str) -> None:
    scope = played()
    rm: ReleaseManager = scope["release_manager"]
    with rm:
        catalog = rm.catalog()
        assert [one["name"] for one in catalog["environments"]] == ["development", "staging", "production"]
        assert [stage["environment"] for stage in catalog["stages"]] == ["development", "staging", "production"]
        assert catalog["stages"][2]["strategy"] == "canary" and catalog["stages"][2]["judged"]
        stage = rm.configuration()["pipeline"]["stages"][2]
        assert stage["strategy"] == {"canary": {"initial_traffic": "5", "increment": "10"}}
        plan = rm.plan_deployment("2.1.0", "production")
        assert [dict(trigger) for trigger in plan.rollback_when] == [
            {"metric": "error_rate", "threshold": 0.05, "duration_seconds": 60}
        ]
        assert sorted(scope["compliance"].gates) == ["performance-benchmark", "security-scan"]
        release = rm.release("2.1.0")
        assert sorted(release.components) == sorted(NAMES)
        assert release.notes == ["New dashboard feature", "Performance improvements"]
        assert release.author == "ann"
        plan = scope["deployment"]
        assert isinstance(plan, PlannedDeployment)
        assert not plan.ready and plan.refusal is not None and plan.refusal.code == "nothing-to-run"
        with pytest.raises(errors.NothingToRun) as refused:
            plan.start()
        assert "configure_components" in refused.value.help
        gates = rm.gates(release, "production")
        assert [gate.name for gate in gates.closed] == ["security-scan", "performance-benchmark"]
        # Played once more on what stands, it changes nothing and is no error.
        before = rm.health().position
        again = played()["release_manager"]
        assert rm.health().position == before
        again.close()


@pytest.fixture
def shipped(place: str, build: Callable[..., Path]) -> Any:
    """The seed's manager with something to run, and 1.0.0 live in production."""
    scope = played()
    rm: ReleaseManager = scope["release_manager"]
    port = free_port()
    routes = {name: {"listen": f"127.0.0.1:{port}", "path": f"/{name}"} for name in NAMES}
    rm.configure_components(
        {name: component(environments={"production": {"route": routes[name]}}) for name in NAMES}
    )
    rm.configure_deployment_strategy(
        "canary", {"initial_traffic": 25, "increment": 25, "interval": 1, "soak": 1}
    )
    clean(rm, rm.create_release("1.0.0", dict.fromkeys(NAMES, build("1.0.0"))))
    first = rm.deploy("1.0.0", "production").wait(180)
    assert first.succeeded, first
    yield rm, scope["release"], port
    rm.close()


def clean(rm: ReleaseManager, release: Any) -> None:
    rm.add_evidence(release, sarif(None), artifact="api", name="scan")
    rm.add_evidence(release, K6, artifact="api", name="load")


def test_its_compliance_gates_and_its_rollback_rule_act(
    shipped: Any, build: Callable[..., Path]
) -> None:
    rm, release, port = shipped
    assert visit(port, "/api/") == (200, "1.0.0 Production")
    # What was only named gets its artifacts; the api fails a third of its requests.
    release = release.complete({"api": build("bad", 0.33), "web": build("web"), "mobile": build("mobile")})
    assert all(artifact.digest for artifact in release.components.values())
    plan = release.plan("production", "canary")
    assert plan.strategy == "canary" and [leg.component for leg in plan.legs] == sorted(NAMES)
    assert [step.weight for step in plan.legs[0].steps] == [2_500, 5_000, 7_500, 10_000]

    # No scan: refused. A critical finding: refused. A clean report: open.
    with pytest.raises(errors.GatesClosed) as refused:
        plan.start()
    assert refused.value.code == "gates-closed" and isinstance(refused.value, Refused)
    assert "security-scan" in refused.value.detail and "evidence add" in refused.value.help
    found = rm.add_evidence(release, sarif(9.8), artifact="api", name="scan")
    assert found.worst[0].severity == "critical"
    rm.add_evidence(release, K6, artifact="api", name="load")
    gates = rm.gates(release, "production")
    assert [gate.name for gate in gates.closed] == ["security-scan"] and "1 critical" in gates.closed[0].why
    with pytest.raises(errors.GatesClosed):
        plan.start()
    rm.add_evidence(release, sarif(None), artifact="api", name="scan")
    assert rm.gates(release, "production").open

    # The seed's rule with a shorter time. The evidence alone is kept from acting, so that only the rule can.
    rm.configure_rollback_strategy(
        trigger_conditions=[{"metric": "error_rate", "threshold": 0.05, "duration_seconds": 2}],
        scrape_interval=0.5,
        errors={"harm_ratio": 100, "harm_points": 0.9},
    )
    rm.configure_deployment_strategy(
        "canary", {"initial_traffic": 25, "increment": 25, "interval": 600, "soak": 1}
    )
    seen: list[str] = []
    with Visitors(port):
        plan = plan.refresh()
        assert plan.ready, plan
        assert [(one.metric, one.threshold, one.duration_seconds) for one in plan.rollback_when] == [
            ("error_rate", 0.05, 2)
        ]
        deployment: Deployment = plan.start()
        ended = deployment.wait(300, progress=lambda rollout: seen.append(rollout.state))
    assert ended.state == "rolled-back", ended
    cause = ended.rollouts[0].cause
    assert cause is not None and "over the ceiling of 5 % for 2 s" in cause, cause
    assert "advancing" in seen and seen[-1] == "rolled-back"
    assert rm.release("2.1.0").standings["production"].barred
    assert until("all is as it was", lambda: visit(port, "/api/") == (200, "1.0.0 Production"))
    assert rm.audit().ok
