"""Scope from tables and trackers, on both kinds of server, and from coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import component, free_port
from release_management import AsyncReleaseManager, Refused, ReleaseManager

TABLE = """key,title,state,milestone,labels,created
SHOP-1,Keep the cart,open,2.1.0,bug,2026-01-01
SHOP-2,Round half up,closed,v2.1.0,bug,2026-01-01
SHOP-3,A new basket,open,2.2.0,feature,2026-01-01
SHOP-4
"""


def test_a_table_waits_for_triage_and_is_compared(rm: ReleaseManager, build: Callable[..., Path]) -> None:
    made = rm.add_scope_source("sheet", "csv", rules=[{"label": "bug", "severity": "critical", "fix_risk": "low"}])
    assert made.kind == "csv" and made.state == "whole" and "0 items" in repr(made)
    read = rm.import_scope("sheet", TABLE)
    assert (read.rows, read.left_out, read.troubles[0].line) == (3, 1, 5) and read.source.count == 3
    assert [one.key for one in rm.scope_items("sheet")] == ["SHOP-1", "SHOP-2", "SHOP-3"]
    assert [one.key for one in rm.scope_items("sheet", limit=2)] == ["SHOP-1", "SHOP-2"]
    first = rm.scope_items("sheet")[0]
    assert first.labels == ["bug"] and first.created is not None and first.created.year == 2026

    rm.write_plan("2.1.0", {"title": "Shop 2.1", "zone": "UTC"})
    waiting = rm.untriaged("2.1.0")
    assert [one.item.key for one in waiting] == ["SHOP-1", "SHOP-2"]
    assert waiting[0].advice in ("fix-now", "stop-release") and "SHOP-1 of sheet" in repr(waiting[0])
    plan = rm.triage("2.1.0", "SHOP-1", "fix-now", note="it hurts")
    assert plan.document["scope"][0]["id"] == "SHOP-1"
    assert [one.item.key for one in rm.untriaged("2.1.0")] == ["SHOP-2"]
    with pytest.raises(Refused):
        rm.triage("2.1.0", "SHOP-99", "fix-now")
    # The matrix decides where nobody says more than how bad it is and what its fix could break.
    assert plan.advice["critical"]["high"] == "stop-release"
    judged = rm.triage("2.1.0", "SHOP-2", severity="trivial", fix_risk="high").triage["SHOP-2"]
    assert (judged.decision, judged.severity, judged.fix_risk) == ("known-issue", "trivial", "high")
    assert judged.said.note == "severity trivial and a fix of high risk: ship it as a known issue"

    rm.configure_environments({"production": {}})
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    rm.setup_release_pipeline("main")
    rm.create_release("2.1.0", {"api": build("2.1.0")})
    told = rm.compare_scope("2.1.0")
    assert [one.id for one in told.planned_not_in] == ["SHOP-1"] and told.commits == 0


def test_a_source_changes_only_as_it_was_seen(rm: ReleaseManager) -> None:
    seen = rm.add_scope_source("sheet", "csv")
    assert [one.name for one in rm.scope_sources()] == ["sheet"]
    rm.import_scope("sheet", TABLE.encode())
    with pytest.raises(Refused) as refused:
        rm.add_scope_source("sheet", "csv", every_minutes=30, edition=seen.edition)
    assert refused.value.code == "changed-meanwhile"
    with pytest.raises(Refused) as refused:
        rm.remove_scope_source("sheet", edition=seen.edition)
    assert refused.value.code == "changed-meanwhile"
    now = rm.scope_source("sheet")
    assert rm.add_scope_source("sheet", "csv", every_minutes=30, edition=now.edition).every_minutes == 30
    with pytest.raises(Refused) as refused:
        rm.refresh_scope_source("sheet")
    assert refused.value.code == "scope-source-other-kind"
    assert rm.remove_scope_source("sheet").name == "sheet"
    with pytest.raises(Refused) as refused:
        rm.scope_source("sheet")
    assert refused.value.code == "unknown-scope-source"


def test_the_same_from_coroutines(place: str) -> None:
    async def story() -> None:
        async with AsyncReleaseManager() as rm:
            await rm.add_scope_source("sheet", "csv")
            assert (await rm.import_scope("sheet", TABLE)).rows == 3
            await rm.write_plan("2.1.0", {"title": "Shop 2.1"})
            assert [one.item.key for one in await rm.untriaged("2.1.0")] == ["SHOP-1", "SHOP-2"]
            await rm.triage("2.1.0", "SHOP-2", "known-issue")
            assert [one.item.key for one in await rm.untriaged("2.1.0")] == ["SHOP-1"]
            assert (await rm.scope_sources())[0].count == 3

    asyncio.run(story())
