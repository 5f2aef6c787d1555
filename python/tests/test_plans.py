"""Plans, from the first draft to the final call, on both kinds of server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import component, free_port
from release_management import Refused, ReleaseManager

Build = Callable[..., Path]

DOCUMENT = {
    "title": "EduLibra 1.1",
    "zone": "Europe/Berlin",
    "scope": [{"id": "LIB-1", "title": "Lend to guests", "state": "in", "estimates": [{"skill": "backend", "hours": 12}]}],
    "people": [{"id": "ann", "skills": ["backend"], "hours_per_week": 20}],
    "activities": [{"id": "qa", "name": "Final QA"}, {"id": "deploy", "name": "Deployment", "after": ["qa"]}],
    "readiness": [{"id": "notes", "text": "Notes are written", "area": "release-candidate"}],
    "test_cases": [{"id": "lend", "title": "Lend a book"}],
    "risks": [{"id": "data", "description": "Data is lost", "probability": 2, "impact": 5}],
}


def test_a_plan_is_written_marked_and_frozen(rm: ReleaseManager, build: Build) -> None:
    first = rm.write_plan("1.1.0", DOCUMENT, note="the first draft")
    assert first.phase == "draft" and "1.1.0 is draft" in repr(first) and first.written.note == "the first draft"
    assert [one.version for one in rm.plans()] == ["1.1.0"]
    ticked = rm.act_on_plan("1.1.0", "tick", item="notes")
    assert ticked.document["readiness"][0]["done"] and ticked.marks["item/notes"].at is not None
    with pytest.raises(Refused) as refused:
        rm.write_plan("1.1.0", DOCUMENT, edition=first.edition)
    assert refused.value.code == "changed-meanwhile"
    with pytest.raises(Refused) as refused:
        rm.write_plan("1.1.0", {**DOCUMENT, "zone": "Europe/Atlantis"})
    assert refused.value.code == "plan-unfit"
    assert rm.plan_schedule("1.1.0").critical_path == ["qa", "deploy"]
    assert rm.plan_capacity("1.1.0").feasible_on is not None
    assert not rm.plan_readiness("1.1.0").ready and rm.plan_risk("1.1.0").exposure["highest"] == 10
    rm.move_plan("1.1.0", "planned")
    rm.move_plan("1.1.0", "frozen")
    with pytest.raises(Refused) as refused:
        rm.move_plan("1.1.0", "candidate")
    assert refused.value.code == "plan-without-release"


def test_nobody_calls_whom_the_plan_does_not_name(rm: ReleaseManager, build: Build) -> None:
    rm.configure_environments({"production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    rm.create_release("1.1.0", {"api": build("1.1.0")})
    roles = [{"id": "manager", "name": "Release Manager", "person": "bea", "decides": True}]
    rm.write_plan("1.1.0", {**DOCUMENT, "roles": roles})
    for step in ("planned", "frozen", "candidate"):
        plan = rm.move_plan("1.1.0", step)
    assert plan.candidate.number == 1
    seen = rm.go_no_go("1.1.0")
    assert seen.decider == "bea" and not seen.goes and seen.gates[0].environment == "production"
    with pytest.raises(Refused) as refused:
        rm.call_plan(seen, "go")
    assert refused.value.code == "plan-call-not-yours"
    with pytest.raises(Refused) as refused:
        rm.vote_on_plan("1.1.0", "manager", "go")
    assert refused.value.code == "plan-vote-not-yours"


def test_a_plan_begins_from_a_template_and_is_looked_back_at(rm: ReleaseManager) -> None:
    turns = rm.set_plan_rotation(["ann", "bob"])
    assert turns.next == "ann"
    with pytest.raises(Refused) as refused:
        rm.set_plan_rotation([])
    assert refused.value.code == "members-unfit"
    first = rm.begin_plan("2.0.0", "planned", ready_on="2026-12-01")
    assert first.document["template"]["name"] == "planned"
    with pytest.raises(Refused) as refused:
        rm.begin_plan("2.1.0", "plannde")
    assert refused.value.code == "unknown-plan-template"
    action = {"id": "soak", "text": "Soak a day", "owner": "ann"}
    said = rm.write_retrospective("2.0.0", went_well=["The tests"], actions=[action])
    assert said.went_well == ["The tests"] and said.timeline[0].what.startswith("the plan was written")
    assert rm.retrospective_text("2.0.0").startswith("# Retrospective of 2.0.0")
    with pytest.raises(Refused) as refused:
        rm.write_retrospective("2.0.0", actions=[{"id": "soak", "text": "Soak a day"}])
    assert refused.value.code == "retrospective-unfit"
    assert [one.id for one in rm.plan_actions().actions] == ["soak"]
    second = rm.begin_plan("2.1.0", carry=["2.0.0/soak"])
    assert second.document["actions"][0]["from"] == "2.0.0"
    assert rm.plan_rotation("2.1.0").next == "bob"
    rm.save_plan_template("team", "2.1.0", change="the first")
    assert [one.name for one in rm.plan_templates().templates if one.own] == ["team"]
    assert rm.plan_difference("2.1.0", template=True).changes != []
    assert rm.plan_history("2.0.0").editions[0].kind == "plan.looked-back"
    assert rm.plan_progress("2.0.0").total_days > 0


def test_cases_come_from_a_table_and_runs_keep_files(rm: ReleaseManager, build: Build) -> None:
    rm.configure_environments({"production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    rm.create_release("1.1.0", {"api": build("1.1.0")})
    rm.write_plan("1.1.0", DOCUMENT)
    with pytest.raises(Refused) as refused:
        rm.import_plan_cases("1.1.0", 'title,steps\nBring it back,"never closed\n')
    assert refused.value.code == "plan-cases-unfit" and "line 2" in str(refused.value)
    assert rm.import_plan_cases("1.1.0", "- Sign in\n  - Type\n", "markdown", dry_run=True).added == ["sign-in"]
    done = rm.import_plan_cases("1.1.0", "title,sets\nLend a book,regression\n")
    assert done.changed == ["lend"] and done.plan is not None and done.plan.document["test_cases"][0]["regression"]
    for phase in ("planned", "frozen", "candidate"):
        rm.move_plan("1.1.0", phase)
    rm.act_on_plan("1.1.0", "case", case="lend", outcome="failed")
    file = rm.attach_to_plan_case("1.1.0", "lend", b"\x89PNG", "shot.png").runs["lend"].files[0]
    assert file.name == "shot.png" and rm.plan_file("1.1.0", file.digest) == b"\x89PNG"
    with pytest.raises(Refused) as refused:
        rm.attach_to_plan_case("1.1.0", "lend", b"x", "../../x")
    assert refused.value.code == "plan-file-name"
    assert rm.plan_schedule("1.1.0").conflicts.found == []
