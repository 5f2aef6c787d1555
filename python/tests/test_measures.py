"""The five measures of what really happened, and the incidents that count; on both kinds of server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import component, free_port
from release_management import Refused, ReleaseManager

Build = Callable[..., Path]


def live(rm: ReleaseManager, build: Build) -> str:
    """One deployment in production, of two commits; answers its rollout."""
    rm.configure_environments({"production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    document = rm.configuration()
    document["components"]["api"]["team"] = "payments"
    rm.apply(document)
    rm.setup_release_pipeline("main")
    rm.configure_deployment_strategy("recreate", {"soak": 0}, judged=False)
    now = datetime.now(timezone.utc)
    commits = [
        {"id": "a1", "authored": now - timedelta(hours=2), "pull_request": "#1"},
        {"id": "a2", "authored": now - timedelta(hours=1), "pull_request": "#1"},
    ]
    made = rm.create_release("1.0.0", {"api": build("1.0.0")}, commits=commits)
    assert made["commits"] == 2
    assert rm.deploy("1.0.0", "production").wait(120).succeeded
    (rollout,) = rm.rollouts()
    return rollout.id


def test_figures_can_be_followed_to_the_rollouts_they_came_from(rm: ReleaseManager, build: Build) -> None:
    rollout = live(rm, build)
    today = datetime.now(timezone.utc).date()
    told = rm.measures(period="day", from_=today - timedelta(days=6), to=today + timedelta(days=1), zone="UTC")
    assert told.environments == ["production"] and len(told.periods) == 8 and "1 deployments" in repr(told)
    lead = told.total.lead_of_commits
    assert lead is not None and (told.total.deployments, told.total.failed, lead.count) == (1, 0, 2)
    assert 3_600_000 <= lead.p50_ms < 2 * 3_600_000
    assert [measure.name for measure in told.measures][0] == "deployment-frequency" and told.named("change-fail-rate").value == 0
    assert told.named("mean-time-to-recovery").value is None and "sentence" not in repr(told.measures[0])
    with pytest.raises(KeyError):
        told.named("velocity")
    (row,) = rm.measure_rows("deployment-frequency", teams=["payments"])
    assert (row.rollout, row.release, row.teams, len(row.commits_ms)) == (rollout, "1.0.0", ["payments"], 2)
    assert row.finished.date() >= today - timedelta(days=1) and "planned" in repr(row)
    assert list(rm.measure_rows("errors")) == [] and list(rm.measure_rows("change-fail-rate", limit=1)) == []
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"zone": "Mars/Base"}, "unknown-time-zone"),
        ({"teams": ["nobody"]}, "unknown-team"),
        ({"from_": date(26, 1, 1)}, "day-out-of-time"),
    ]
    for wrong, code in refusals:
        with pytest.raises(Refused) as refused:
            rm.measures(**wrong)
        assert refused.value.code == code


def test_an_incident_that_is_linked_makes_a_deployment_a_failed_one(rm: ReleaseManager, build: Build) -> None:
    rollout = live(rm, build)
    since = datetime.now(timezone.utc) - timedelta(minutes=1)
    incident = rm.open_incident("Orders fail", "production", component="api", severity="critical", since=since)
    assert incident.state == "open" and abs(incident.detected - since) < timedelta(seconds=1) and "Orders fail" in repr(incident)
    assert rm.measures().total.failed == 0
    linked = incident.link(release="1.0.0")
    assert linked.rollouts == [rollout] and rm.measures().total.failed == 1
    (row,) = rm.measure_rows("change-fail-rate")
    assert row["failed"] == [{"kind": "incident", "id": incident.id}]
    assert rm.unlink_incident(incident.id, rollout).rollouts == []
    assert rm.link_incident(incident.id, rollout=rollout).rollouts == [rollout]
    noted = rm.note_incident(incident.id, "The pool is empty.")
    assert (noted.notes[0].text, noted.note_count) == ("The pool is empty.", 1)
    assert [one.id for one in rm.incidents("open")] == [incident.id]
    assert incident.resolve().state == "resolved" and list(rm.incidents("open", "production")) == []
    assert rm.reopen_incident(incident.id).state == "open"
    assert rm.resolve_incident(incident.id, datetime.now(timezone.utc) - timedelta(seconds=1)).resolved is not None
    assert rm.incident(incident.id).resolved is not None
    with pytest.raises(Refused) as refused:
        rm.resolve_incident(incident.id)
    assert refused.value.code == "incident-resolved"
