"""Secrets, webhooks, differences, reasons and proofs, on both kinds of server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import component, free_port, until, visit
from release_management import Refused, ReleaseManager

Build = Callable[..., Path]


def two_environments(rm: ReleaseManager, port: int) -> None:
    rm.configure_environments(
        {"staging": {"variables": {"ENVIRONMENT_NAME": "calm"}}, "production": {"variables": {"ENVIRONMENT_NAME": "open"}}}
    )
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{port}"})})
    rm.setup_release_pipeline("main")
    rm.configure_deployment_strategy("recreate", {"soak": 0}, judged=False)


def test_a_secret_is_set_and_never_shown(rm: ReleaseManager, build: Build) -> None:
    two_environments(rm, free_port())
    document = rm.configuration()
    document["environments"][1]["secrets"] = ["DB_PASSWORD"]
    rm.apply(document)
    (asked,) = rm.secrets("production")
    assert asked.asked_for and asked.revision is None and "not set" in repr(asked)
    first = rm.set_secret("production", "DB_PASSWORD", "correct horse battery")
    assert first.revision == 1 and first.set is not None and "horse" not in repr(first) + str(first.as_dict())
    assert rm.set_secret("production", "DB_PASSWORD", b"correct horse battery").revision == 1
    assert rm.rotate_secrets_key() == 1
    with pytest.raises(Refused):
        rm.remove_secret("production", "DB_PASSWORD")
    with pytest.raises(Refused):
        rm.set_secret("production", "DB_PASSWORD", "short")
    difference = rm.diff_environments("staging", "production")
    paths = {one.path for one in difference.differences}
    assert {"variables.ENVIRONMENT_NAME", "secrets.DB_PASSWORD"} <= paths and "horse" not in repr(difference.as_dict())


def test_why_a_release_does_not_move(rm: ReleaseManager, build: Build) -> None:
    port = free_port()
    two_environments(rm, port)
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    reasons = {one.environment: one for one in rm.why("1.0.0")}
    assert set(reasons) == {"staging", "production"} and "tidegate" in reasons["staging"].command
    assert list(rm.why("1.0.0", waiting=True)) == []
    assert rm.deploy("1.0.0", "staging").wait(120).succeeded
    until("what runs is what was recorded", lambda: not rm.drift("staging").drifts)
    document = rm.configuration()
    document["environments"][0]["variables"]["ENVIRONMENT_NAME"] = "calmer"
    rm.apply(document)
    drift = until("newer variables are noticed", lambda: (now := rm.drift("staging")).drifts and now)
    assert "staging: 1" in repr(drift) and drift.drifts[0].as_dict()
    assert rm.promote("1.0.0").wait(120).succeeded
    assert until("it answers", lambda: visit(port)) == (200, "1.0.0 open")
    (there,) = rm.why("1.0.0", "production")
    assert there.stands != reasons["production"].stands and "1.0.0 in production" in repr(there)


def test_a_webhook_is_kept_away_from_what_is_inside(rm: ReleaseManager) -> None:
    with pytest.raises(Refused) as refused:
        rm.add_webhook("ci", "http://127.0.0.1:9/hook")
    assert refused.value.code and rm.webhooks() == []
    with pytest.raises(Refused):
        rm.webhook("ci")


def test_the_history_is_signed_and_proven(rm: ReleaseManager) -> None:
    two_environments(rm, free_port())
    verified = rm.audit()
    assert verified.ok
    state = until("it is signed", lambda: (now := rm.checkpoint()).size and now)
    assert state.key and state.note
    proof = rm.prove(1, size=state.size)
    assert proof.position == 1 and proof.head == state.head
    assert rm.audit([{"size": state.size, "head": state.head}]).ok
    assert not rm.audit([{"size": state.size, "head": "00" * 32}]).ok


def test_an_emergency_owes_a_review_and_somebody_else_gives_it(rm: ReleaseManager, build: Build) -> None:
    two_environments(rm, free_port())
    rm.configure_gates([{"approval": {"count": 2, "emergency_count": 1}}])
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    assert rm.set_change("1.0.0", "emergency").change == "emergency"
    with ReleaseManager(url=rm.url, actor="bo") as bo:
        bo.approve("1.0.0", "production", reason="the till is down")
    assert rm.deploy("1.0.0", "production").wait(120).succeeded
    (owed,) = until("it is owed", lambda: rm.reviews(state="due"))
    assert (owed.release, owed.environment) == ("1.0.0", "production")
    with pytest.raises(Refused):
        rm.review("1.0.0", "production", "perhaps", "no such outcome")
    with ReleaseManager(url=rm.url, actor="eve") as eve:
        (done,) = eve.review("1.0.0", "production", "justified", "the till was down, and this brought it back")
    assert done.state == "done" and rm.reviews("1.0.0", state="due") == []
    assert [review.state for review in rm.reviews("1.0.0")] == ["done"]


def test_another_system_tells_what_happened_there(rm: ReleaseManager) -> None:
    two_environments(rm, free_port())
    ops, secret = rm.add_inbound("ops", "generic")
    assert ops.name == "ops" and secret and secret not in repr(ops) + str(ops.as_dict())
    with pytest.raises(Refused):
        rm.add_inbound("ops", "generic")
    rotated, newer = rm.rotate_inbound_secret("ops")
    assert rotated.name == "ops" and newer != secret
    assert [one.name for one in rm.inbound()] == ["ops"]
    rm.remove_inbound("ops")
    assert rm.inbound() == []


def test_the_history_is_searched_and_exported(rm: ReleaseManager, build: Build) -> None:
    two_environments(rm, free_port())
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    rm.create_release("1.1.0", {"api": build("1.1.0")})
    assert rm.deploy("1.0.0", "staging").wait(120).succeeded
    of_one = rm.search_audit(release="1.0.0")
    assert "release.created" in {event.kind for event in of_one}
    assert not any(event.stream == "release/1.1.0" for event in of_one)
    positions = [event.position for event in of_one]
    assert positions == sorted(positions, reverse=True)
    assert {event.kind.split(".")[0] for event in rm.search_audit(kind="release.*")} == {"release"}
    assert len(rm.search_audit(limit=3)) == 3
    assert rm.search_audit(person="nobody-of-that-name") == []
    assert all(event.stream != "slot/production/api" for event in rm.search_audit(environment="staging"))
    lines = list(rm.export_audit())
    assert len(lines) == rm.audit().events + 1, "which part it is, then each event"
