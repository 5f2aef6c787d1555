"""Everything that a release script does, on both kinds of server."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import component, free_port, sarif, until, visit
from release_management import Fault, Refused, ReleaseManager, TidegateError, errors
from release_management._transport import Stop

Build = Callable[..., Path]


def one_component(rm: ReleaseManager, port: int, strategy: str = "recreate", **options: object) -> None:
    rm.configure_environments({"production": {"variables": {"ENVIRONMENT_NAME": "here"}}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{port}"})})
    rm.setup_release_pipeline("main")
    # Nobody visits these: the clock decides.
    rm.configure_deployment_strategy(strategy, {"soak": 0, **options}, judged=False)


def test_a_release_goes_out_is_watched_held_and_rolled_back(rm: ReleaseManager, build: Build) -> None:
    port = free_port()
    one_component(rm, port)
    rm.create_release("1.0.0", {"api": build("1.0.0")}, "The first")
    assert rm.deploy("1.0.0", "production").wait(120).succeeded
    assert visit(port) == (200, "1.0.0 here")

    rm.configure_deployment_strategy("canary", {"steps": [10, "confirm", 60], "soak": 0})
    release = rm.create_release("1.1.0", {"api": {"path": build("1.1.0"), "version": "1.1.0-rc.1"}})
    assert release.components["api"].version == "1.1.0-rc.1" and release.notes == []
    # The stage's own canary with its steps, not another one with defaults.
    steps = release.plan("production", "canary").legs[0].steps
    assert [step.weight for step in steps] == [1_000, 6_000, 10_000] and steps[0].confirm
    rollout = release.deploy("production").rollouts[0]
    held = until("a person is waited for", lambda: (now := rollout.refresh()).state == "held" and now)
    assert held.share == 0.1 and held.started.tzinfo is not None and not held.is_final
    rm.create_release("1.2.0", {"api": build("1.2.0")})
    with pytest.raises(errors.RolloutInProgress) as busy:
        rm.deploy("1.2.0", "production")
    assert busy.value.status == 409 and held.id in busy.value.help and busy.value.request_id
    rollout.hold("looking at it")
    assert rollout.refresh().held_by.reason == "looking at it"
    rollout.resume()
    rollout.resume()
    done = rm.wait(rollout, timeout=120)
    assert done.succeeded and rm.release("1.1.0").standings["production"].state == "verified"
    assert rm.environment("production").slots[0].previous == "1.0.0"

    back = rm.roll_back(rollout.id, "people complain").wait(120)
    assert back.rollouts[0].kind == "rollback" and back.succeeded
    assert visit(port) == (200, "1.0.0 here")
    assert rm.release("1.1.0").standings["production"].barred
    assert not rm.allow("1.1.0", "production").standings["production"].barred
    again = rm.deploy("1.1.0", "production")
    again.abort("not today")
    assert again.wait(120).state in ("rolled-back", "cancelled")
    assert [one.id for one in rm.rollouts(limit=1)] == again.ids
    assert len(rm.rollouts("production")) == 4 and rm.rollouts(state="held") == []
    lines = rm.logs("production", "api", lines=5)
    assert any("starts" in line.text for line in lines)


def test_gates_votes_freezes_and_waivers(rm: ReleaseManager, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    one_component(rm, free_port())
    rm.configure_gates([{"approval": {"count": 1}}, {"evidence": {"kind": "security_scan"}}])
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    with pytest.raises(errors.AuthorMayNotSign):
        rm.approve("1.0.0", "production")
    bo = ReleaseManager(url=rm.url, actor="bo")
    bo.reject("1.0.0", "production", reason="not yet")
    bo.withdraw("1.0.0", "production")
    gates = bo.sign("1.0.0", "production", reason="seen")
    assert [gate.name for gate in gates.closed] == ["security-scan"]
    rm.add_evidence("1.0.0", sarif(7.5), name="scan")
    waived = rm.waive("1.0.0", "sql-injection", "not reachable", timedelta(days=1))
    assert waived.waivers[0].until > datetime.now(timezone.utc)
    assert rm.gates("1.0.0", "production").open
    assert [report.tool for report in rm.evidence("1.0.0").reports] == ["scanner"]
    shown = rm.evidence_report("1.0.0", rm.evidence("1.0.0").reports[0])
    assert shown.intact and shown.omitted == 0
    assert len(shown.worst) == shown.findings > 0 and shown.worst[0].waived
    assert len(rm.evidence_report("1.0.0", shown.id, limit=1).worst) == 1

    now = datetime.now(timezone.utc)
    begin, end = now - timedelta(days=1), now + timedelta(days=1)
    rm.add_freeze("year-end", "stocktaking", begin, end, environments=["production"])
    assert [entry.name for entry in rm.calendar() if entry.holds_now] == ["year-end"]
    assert "BEGIN:VCALENDAR" in rm.calendar_feed()
    with pytest.raises(errors.GatesClosed, match="stocktaking"):
        rm.deploy("1.0.0", "production")
    assert bo.override("1.0.0", "production", "the till is down", name="year-end", for_seconds=600).open
    rm.remove_calendar_entry("year-end")
    assert rm.set_change("1.0.0", "emergency").change == "emergency"
    assert rm.deploy("1.0.0", "production").wait(120).succeeded
    rm.configure_compliance_gates({"security_scan": False, "unit_tests": True})
    named = [next(iter(gate)) for gate in rm.configuration()["pipeline"]["stages"][0]["gates"]]
    assert named == ["approval", "evidence"]
    assert rm.configure_gates([], replace=True).changes
    bo.close()


def test_what_is_wrong_is_refused_by_its_code_with_the_next_step(rm: ReleaseManager, tmp_path: Path) -> None:
    with pytest.raises(errors.NoPipeline):
        rm.configure_deployment_strategy("canary")
    with pytest.raises(errors.UnknownRelease) as unknown:
        rm.release("9.9.9")
    assert unknown.value.status == 404 and "tidegate release list" in unknown.value.help
    assert isinstance(unknown.value, Refused) and not isinstance(unknown.value, Fault)
    copy = pickle.loads(pickle.dumps(unknown.value))
    assert type(copy) is type(unknown.value) and copy.help == unknown.value.help
    rm.configure_environments({"production": None})
    rm.setup_release_pipeline()
    with pytest.raises(errors.BadConfiguration) as bad:
        rm.configure_deployment_strategy("canary", {"initial_trafic": 5})
    assert "initial_traffic" in str(bad.value) and bad.value.diagnostics
    with pytest.raises(errors.UnknownEnvironment):
        rm.configure_components({"api": {"routes": {"nowhere": "127.0.0.1:1"}}})
    with pytest.raises(errors.ArtifactMissing):
        rm.create_release("1.0.0", {"api": tmp_path / "not-there"})
    with pytest.raises(Refused):
        rm.add_evidence("1.0.0", b"no report at all")
    for name in ("../../health", "a b", "ä/ö"):
        with pytest.raises(Refused):
            rm.release(name)
    with pytest.raises(TidegateError):
        rm.request("GET", "nothing-here")
    assert errors.explain("gates-closed") and "gates-closed" in errors.codes()
    assert not hasattr(errors, "NoSuchThing")


def test_a_configuration_from_a_file_is_changed_and_kept(rm: ReleaseManager, tmp_path: Path) -> None:
    text = (
        "project: shop # ours\ncomponents:\n  api: {run: [./api, '1.10'], variables: {V: 1.10}}\n"
        "environments:\n  - name: production\n    components: {api: }\n"
    )
    file = tmp_path / "tidegate.yaml"
    file.write_text(text)
    assert rm.apply(file, dry_run=True).dry_run and rm.catalog()["components"] == {}
    assert rm.apply(text).changes and rm.apply(file).changes == []
    rm.configure_environments({"staging": {"tier": "staging", "variables": {"A": 1}}})
    document = rm.configuration()
    assert document["components"]["api"] == {"run": ["./api", "1.10"], "variables": {"V": "1.10"}}
    assert [one["name"] for one in document["environments"]] == ["production", "staging"]
    assert list(document["environments"][1]["components"]) == ["api"], "a new one runs what there is"
    assert rm.apply(document).changes == []
    rm.configure_components({"api": {"replicas": 3}})
    assert [one["components"]["api"]["replicas"] for one in rm.configuration()["environments"]] == ["3", "3"]


def test_lists_are_what_pandas_takes_and_notebooks_show(rm: ReleaseManager, build: Build) -> None:
    one_component(rm, free_port())
    for version in ("1.0.0", "1.1.0<b>", "1.1.0"):
        try:
            rm.create_release(version, ["api"])
        except Refused:
            assert "<" in version
    releases = rm.releases()
    assert [release.version for release in releases] == ["1.1.0", "1.0.0"]
    # What pandas.DataFrame does with a list of mappings.
    columns = list(dict.fromkeys(key for release in releases for key in release))
    assert {"version", "author", "created_ms"} <= set(columns)
    assert [[dict(release)[key] for key in columns] for release in releases]
    pandas = pytest.importorskip("pandas") if _has("pandas") else None
    if pandas is not None:
        assert list(pandas.DataFrame(releases)["version"]) == ["1.1.0", "1.0.0"]
    assert "<table" in releases._repr_html_() and "1.1.0" in releases[0]._repr_html_()
    assert repr(releases[0]).startswith("<Release 1.1.0 of api") and len(releases[:1]) == 1
    plan = releases[0].plan("production")
    assert "api" in plan._repr_html_() and "would" not in repr(plan)
    note = rm.create_release("2.0.0", ["api"], ["<script>alert(1)</script>"])
    assert "<script>" not in note._repr_html_() and "&lt;script&gt;" in note._repr_html_()
    assert "production" in rm._repr_html_()
    assert pickle.loads(pickle.dumps(note)).version == "2.0.0"
    with pytest.raises(AttributeError, match="it has"):
        note.colour


def _has(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None


def test_other_threads_run_while_one_waits(rm: ReleaseManager, build: Build) -> None:
    """The interpreter's lock is not held while the server is asked, and one manager serves many threads."""
    one_component(rm, free_port(), "canary", steps=[50, "confirm"])
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    rm.deploy("1.0.0", "production").wait(120)
    rm.create_release("1.1.0", {"api": build("1.1.0")})
    deployment = rm.deploy("1.1.0", "production")
    ended: list[object] = []
    waiting = threading.Thread(target=lambda: ended.append(deployment.wait(120)))
    waiting.start()
    until("it is held", lambda: deployment.refresh().state == "held")
    counted, turns = time.monotonic(), 0
    while time.monotonic() - counted < 0.5:
        turns += 1
    assert turns > 1_000 and waiting.is_alive() and not ended
    readers = [threading.Thread(target=rm.releases) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    deployment.resume()
    waiting.join(300)
    assert ended and ended[0].succeeded  # type: ignore[attr-defined]
    with pytest.raises(errors.TimedOut):
        rm.create_release("1.2.0", {"api": build("1.2.0")})
        rm.deploy("1.2.0", "production").wait(0)
    for rollout in rm.rollouts():
        if not rollout.is_final:
            rollout.abort()
            rollout.wait(120)


def test_the_history_is_read_and_followed(rm: ReleaseManager, build: Build) -> None:
    one_component(rm, free_port())
    stop = Stop()
    seen: list[str] = []
    following = threading.Thread(target=lambda: seen.extend(e.kind for e in rm.follow_events(after=0, stop=stop)))
    following.start()
    rm.create_release("1.0.0", {"api": build("1.0.0")})
    first = next(event for event in rm.follow_events(after=0) if event.kind == "release.created")
    assert first.actor == "ann" and first.at.tzinfo is not None
    rm.deploy("1.0.0", "production").wait(120)
    lines = rm.follow_logs("production", "api", lines=1)
    assert next(lines).instance == "api-1.0.0-0"
    stop.set()
    following.join(60)
    assert not following.is_alive()
    events = rm.events(limit=1000)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert rm.audit().ok and rm.audit().events >= len(events)
    found = rm.search_audit(person="ann", release="1.0.0", kind="release.*")
    assert [event.kind for event in found][-1] == "release.created" and found[0].actor == "ann"
    assert len(rm.search_audit(limit=3)) == 3 and not rm.search_audit(until_ms=0)
    begin, *exported = rm.export_audit(after=1, until=4)
    assert (begin.after, begin.until, len(begin.peaks)) == (1, 4, 1)
    assert [line.position for line in exported] == [2, 3, 4]
    assert all(line.event["kind"] in repr(line) for line in exported)
    assert rm.retention().origin_days is None and repr(rm.retain(90)) == "<Retention 90 days>"
    assert rm.retain(None).origin_days is None
    with pytest.raises(errors.Refused):
        rm.retain(99_999)
    health = rm.health()
    assert health.ok and health.position >= len(events) and "well" in repr(health)
    assert all(states[-1].is_final for states in [list(rm.watch(rm.rollouts()[0].id))])


def test_projects_are_apart(rm: ReleaseManager) -> None:
    rm.configure_environments({"production": {}})
    rm.add_project("bank")
    assert "bank" in rm.projects()
    bank = ReleaseManager(url=rm.url, project="bank")
    assert bank.environments() == [] and len(rm.environments()) == 1
    bank.configure_environments({"vault": {}})
    assert bank.configuration()["project"] == "bank"
    assert [one.name for one in rm.environments()] == ["production"]
    assert bank.projects() == rm.projects()
    bank.close()
