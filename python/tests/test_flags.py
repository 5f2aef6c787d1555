"""Feature flags: kept by the control plane, asked for in this process; on both kinds of server."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import DEADLINE_SECONDS, Server, until
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from release_management import AsyncReleaseManager, Refused, ReleaseManager, TimedOut
from release_management.flags import Change, FlagClient, Provider
from test_people import tidegate

BEGINS = {"state": "DISABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on", "offVariant": "off"}
SWITCH: dict[str, Any] = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
DOCUMENT = {
    "flags": {
        "rule": {**SWITCH, "targeting": {"if": [{"==": [{"var": "plan"}, "gold"]}, "on"]}},
        "split": {**SWITCH, "targeting": {"fractional": [["on", 1], ["off", 1]]}},
        "text": {"state": "ENABLED", "variants": {"a": "A"}, "defaultVariant": "a", "metadata": {"team": "shop"}},
        "whole": {"state": "ENABLED", "variants": {"seven": 7}, "defaultVariant": "seven"},
        "half": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
        "object": {"state": "ENABLED", "variants": {"one": {"x": [1, None, "y"]}}, "defaultVariant": "one"},
        "none": {**SWITCH, "defaultVariant": None},
        "since": {**SWITCH, "targeting": {"if": [{"<": [{"var": "born"}, "2000-01-01"]}, "on"]}},
    }
}


@pytest.fixture
def at(rm: ReleaseManager) -> ReleaseManager:
    """With environments, the last one protected."""
    rm.configure_environments({"staging": {}, "production": {}})
    return rm


@contextmanager
def following(rm: ReleaseManager, environment: str = "staging", **options: Any) -> Iterator[FlagClient]:
    _, key = rm.issue_flag_key(environment, "tests")
    with FlagClient(rm.url, key, **options) as client:
        yield client.ready(DEADLINE_SECONDS)


def test_a_flag_lives_from_its_creation_to_its_archive(at: ReleaseManager) -> None:
    made = at.create_flag("new-checkout", ["staging"], owner="Team Shop", remove_by=date(2040, 3, 31))
    assert made.kind == "release" and made.remove_by == datetime(2040, 3, 31, 23, 59, 59, tzinfo=timezone.utc)
    assert made.in_("staging").edition == 1 and made.in_("staging").definition == BEGINS and "staging off" in repr(made)
    with pytest.raises(KeyError):
        made.in_("production")
    said = at.describe_flag("new-checkout", description="The new one", kind="operations")
    assert (said.owner, said.description, said.kind, said.remove_by) == ("Team Shop", "The new one", "operations", made.remove_by)
    on = {**SWITCH, "defaultVariant": "on"}
    assert at.set_flag("new-checkout", "staging", on, "try it").in_("staging").reason == "try it"
    assert not at.flag_off("new-checkout", "staging", "it breaks").in_("staging").on
    assert at.flag_on("new-checkout", "staging").in_("staging").on
    back = at.revert_flag("new-checkout", "staging", 1, "back")
    assert back.in_("staging").definition == BEGINS and back.in_("staging").edition == 5
    history = at.flag_history("new-checkout", "staging")
    assert [one.path for one in history[0].differences] == ["/offVariant", "/state"] and "→" in repr(history[0].differences[0])
    assert at.flag_history("new-checkout")[-1].by == "ann"
    exposure = at.flag_exposure("new-checkout", "staging", hours=2, points=8)
    assert [point.given for point in exposure.points] == [[]] * 8 and exposure.variants == []
    assert exposure.until - exposure.from_ == timedelta(hours=2) and "nobody" in repr(exposure)
    assert exposure.points[-1].at == exposure.until and "0 given" in repr(exposure.points[-1])
    assert [flag.key for flag in at.flags(kind="operations", owner="Team Shop")] == ["new-checkout"]
    assert list(at.flags(kind="experiment")) == [] and list(at.flags(stale=True, stale_days=30)) == []
    assert at.archive_flag("new-checkout", "gone").archived
    assert list(at.flags()) == [] and [flag.key for flag in at.flags(archived=True)] == ["new-checkout"]
    assert not at.restore_flag("new-checkout").archived
    with pytest.raises(Refused) as refused:
        at.set_flag("new-checkout", "staging", {**SWITCH, "state": "MAYBE"})
    assert "state" in str(refused.value)
    with pytest.raises(Refused):
        at.flag("nowhere")


def test_flags_come_in_and_out_and_are_tried(at: ReleaseManager) -> None:
    document = {"flags": {**DOCUMENT["flags"], "bad": {**SWITCH, "state": "MAYBE"}}}
    would = at.import_flags("staging", document, dry_run=True, owner="Team Shop")
    assert would.dry_run and len(would.created) == 8 and "would be" in repr(would) and list(at.flags()) == []
    did = at.import_flags("staging", document, kind="permission", reason="moved")
    assert did.refused[0].path == "/flags/bad/state" and at.flag("rule").kind == "permission"
    assert set(at.export_flags("staging")["flags"]) == set(DOCUMENT["flags"])
    (ann,) = at.try_flags("staging", "ann", {"plan": "gold"}, key="rule")
    assert (ann.value, ann.variant, ann.reason) == (True, "on", "TARGETING_MATCH") and "rule: on" in repr(ann)
    (nobody,) = at.try_flags("staging", key="split")
    assert nobody.key == "split" and nobody.reason
    (other,) = at.try_flags("staging", "ann", key="rule", definition={**SWITCH, "defaultVariant": "on"})
    assert other.variant == "on"
    assert len(at.try_flags("staging", "ann")) == 8


def test_two_people_change_what_is_protected(at: ReleaseManager) -> None:
    at.create_flag("f", ["staging"], SWITCH)
    # Nothing is protected while nobody is known: a proposal can still be made, seen and taken back.
    proposed = at.propose_flag("f", "staging", on=False, reason="too early")
    (waiting,) = proposed.proposals
    assert (waiting.environment, waiting.on, waiting.by, proposed.waiting) == ("staging", False, "ann", 1)
    with pytest.raises(Refused):
        at.approve_flag("f", "staging")
    assert at.withdraw_flag("f", "staging").waiting == 0
    with pytest.raises(Refused) as none:
        at.reject_flag("f", "staging")
    assert none.value.code == "unknown-flag-change"
    at.propose_flag("f", "staging", {**SWITCH, "defaultVariant": "on"})
    at.propose_flag("f", "staging", on=False)
    with pytest.raises(Refused) as several:
        at.reject_flag("f", "staging")
    assert several.value.code == "which-change"


def test_a_second_person_approves(tmp_path: Path) -> None:
    server = Server(tmp_path / ".tidegate")
    try:
        root, eve = (_logged_in(tmp_path, name, first=name == "root") for name in ("root", "eve"))
        one, other = (ReleaseManager(url=server.url, token=token) for token in (root, eve))
        for name in ("root", "eve"):
            one.set_grants(name, ["admin", "release-manager"])
        one.configure_environments({"production": {"protected": True}})
        one.create_flag("f")
        proposed = one.propose_flag("f", "production", SWITCH, reason="staging was quiet")
        assert proposed.waiting == 1 and list(proposed.environments) == []
        with pytest.raises(Refused):
            one.approve_flag("f", "production")
        with pytest.raises(Refused):
            one.set_flag("f", "production", SWITCH)
        stands = other.approve_flag("f", "production", reason="seen").in_("production")
        assert (stands.changed_by, stands.approved_by, stands.edition) == ("root", "eve", 1)
        other.propose_flag("f", "production", on=False)
        assert one.reject_flag("f", "production", reason="no").waiting == 0
        assert not one.flag_off("f", "production").in_("production").on, "off needs nobody else"
    finally:
        server.close()


def _logged_in(where: Path, name: str, *, first: bool) -> str:
    """The token of a new administrator."""
    password = "correct horse battery staple"
    tidegate(where, "user", "create", name, "--admin", "--password-stdin", secret=password + "\n")
    tidegate(where, "login", name, "--password-stdin", secret=password + "\n")
    token = tidegate(where, "token", "create", "--label", "script").split()[-1]
    # The next one is made by the first again.
    if not first:
        tidegate(where, "login", "root", "--password-stdin", secret=password + "\n")
    return token


def test_values_are_of_the_type_asked_for_or_the_default_holds(at: ReleaseManager) -> None:
    at.import_flags("staging", DOCUMENT)
    with following(at) as flags:
        assert flags.boolean("rule", False, "ann", plan="gold") is True
        assert flags.boolean("rule", True, "ann") is False
        assert flags.string("text", "") == "A"
        assert flags.number("whole", 0) == 7 and isinstance(flags.number("whole", 0), int)
        assert flags.number("half", 0) == 0.5
        assert flags.object("object", {}) == {"x": [1, None, "y"]}
        assert flags.boolean("since", False, born=date(1990, 5, 1)) is True
        assert flags.boolean("none", True) is True, "the default is the caller's"
        told = flags.details("text", "mine")
        assert (told.value, told.variant, told.reason, told.error) == ("A", "a", "STATIC", None)
        assert told.metadata["team"] == "shop"
        for key, default, error in [
            ("text", True, "TYPE_MISMATCH"), ("absent", "mine", "FLAG_NOT_FOUND"), ("split", True, "TARGETING_KEY_MISSING"),
        ]:
            wrong = flags.details(key, default)
            assert (wrong.value, wrong.error, wrong.reason) == (default, error, "ERROR"), key
        assert flags.details("whole", None).value == 7
        for bad in (object(), float("nan"), 2**80, {1: 2}, b"bytes", _deep(100)):
            invalid = flags.details("rule", True, "ann", plan=bad)
            assert (invalid.value, invalid.error) == (True, "INVALID_CONTEXT"), bad
            assert flags.boolean("rule", True, "ann", plan=bad) is True
        variants = {flags.boolean("split", False, f"user-{number}") for number in range(50)}
        assert variants == {True, False}


def _deep(times: int) -> list[Any]:
    inside: list[Any] = []
    for _ in range(times):
        inside = [inside]
    return inside


def test_a_change_arrives_and_use_is_reported(at: ReleaseManager) -> None:
    at.create_flag("f", ["staging"], SWITCH)
    told: list[Change] = []
    with following(at) as flags:
        until("all is well", lambda: flags.stale_for() is None)
        end = flags.on_change(told.append)
        flags.on_change(lambda change: 1 / 0)
        assert flags.boolean("f", True, "ann") is False
        at.set_flag("f", "staging", {**SWITCH, "defaultVariant": "on"})
        until("the change is told", lambda: any(change.flags == ("f",) for change in told))
        assert flags.boolean("f", False, "ann") is True
        at.flag_off("f", "staging")
        until("the switch arrives", lambda: flags.details("f", False, "ann").reason == "DISABLED")
        end()
    assert flags.boolean("f", False, "ann") is True, "what is known can still be asked for"
    assert flags.stale_for() is not None
    served = {one.variant: one.count for one in at.flag("f").in_("staging").served}
    assert served["off"] == 1 and served["on"] >= 2


def test_keys_open_what_they_are_for(at: ReleaseManager) -> None:
    at.create_flag("f", ["staging"], SWITCH)
    key, secret = at.issue_flag_key("staging", "a page", "client", expires_seconds=3600)
    assert secret.startswith(f"tdk_{key.id}_") and key.valid and key.kind == "client" and secret not in repr(key)
    with FlagClient(at.url, secret) as flags:
        with pytest.raises(TimedOut, match="no flags were learnt within"):
            flags.ready(0.01)
        assert "server key" in until("it is known why", lambda: flags.trouble)
        assert not flags.is_ready and flags.details("f", True).error == "PROVIDER_NOT_READY"
    for wrong in ("", "nonsense", "tdk_a"):
        with pytest.raises(Refused, match="tidegate flag keys create"):
            FlagClient(at.url, wrong)
    with pytest.raises(Refused):
        FlagClient("ftp://nowhere", secret)
    with pytest.raises(Refused):
        FlagClient([], secret)
    with following(at) as flags:
        for one in at.flag_keys("staging"):
            at.revoke_flag_key("staging", one.id)
        assert "opens nothing" in until("it is told", lambda: flags.trouble)
        assert flags.boolean("f", True) is False, "the last good is kept"
        assert flags.details("f", True).metadata["stale"] is True
    assert not any(one.valid for one in at.flag_keys("staging"))


def test_many_threads_ask_at_once(at: ReleaseManager) -> None:
    at.create_flag("f", ["staging"], SWITCH)
    with following(at) as flags:
        wrong: list[object] = []

        def ask() -> None:
            for _ in range(2_000):
                if flags.boolean("f", True, "ann") is not False:
                    wrong.append("another value")

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
        assert wrong == []


def test_openfeature_gets_the_same(at: ReleaseManager) -> None:
    at.import_flags("staging", DOCUMENT)
    at.create_flag("live", ["staging"], SWITCH)
    changed: list[EventDetails] = []
    _, key = at.issue_flag_key("staging", "openfeature")
    api.set_provider_and_wait(Provider(FlagClient(at.url, key), ready_within=DEADLINE_SECONDS))
    try:
        client = api.get_client()
        ann = EvaluationContext("ann", {"plan": "gold"})
        rule = client.get_boolean_details("rule", False, ann)
        assert (rule.value, rule.variant, rule.reason) == (True, "on", "TARGETING_MATCH")
        assert client.get_string_value("text", "", ann) == "A"
        assert client.get_integer_value("whole", 0, ann) == 7
        assert client.get_float_value("half", 0.0, ann) == 0.5 and client.get_float_value("whole", 0.0, ann) == 7.0
        assert client.get_object_value("object", {}, ann) == {"x": [1, None, "y"]}
        assert client.get_string_details("text", "", ann).flag_metadata["team"] == "shop"
        missing = client.get_boolean_details("missing", True, ann)
        assert (missing.value, str(missing.error_code)) == (True, "FLAG_NOT_FOUND")
        lost = client.get_boolean_details("split", True)
        assert (lost.value, str(lost.error_code)) == (True, "TARGETING_KEY_MISSING")
        client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, changed.append)
        at.flag_off("live", "staging")
        until("it is told", lambda: any(event.flags_changed == ["live"] for event in changed))
        assert client.get_boolean_details("live", True, ann).reason == "DISABLED"
    finally:
        api.shutdown()
        api.clear_providers()


def test_without_openfeature_the_error_names_the_extra() -> None:
    script = (
        "import sys; sys.modules['openfeature'] = None\n"
        "from release_management.flags import FlagClient\n"
        "try:\n"
        "    from release_management.flags import Provider\n"
        "except ImportError as error:\n"
        "    assert 'release-management[openfeature]' in str(error), error\n"
        "else:\n"
        "    raise SystemExit('there is a provider')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=DEADLINE_SECONDS)


def test_an_outage_is_outlived(tmp_path: Path) -> None:
    """A server killed on the spot; what is kept in a file; the server again."""
    data, copy = tmp_path / "data", tmp_path / "flags.json"
    server = Server(data)
    with ReleaseManager(url=server.url) as rm:
        rm.configure_environments({"staging": {}})
        rm.create_flag("f", ["staging"], {**SWITCH, "defaultVariant": "on"})
        _, key = rm.issue_flag_key("staging", "tests")
    port = int(server.url.rsplit(":", 1)[1])
    flags = FlagClient(server.url, key, file=copy).ready(DEADLINE_SECONDS)
    until("all is well", lambda: flags.stale_for() is None)
    assert copy.stat().st_mode & 0o777 == 0o600 and key not in copy.read_text()
    server.process.kill()
    server.close()
    until("it says that it is stale", lambda: flags.stale_for() is not None)
    assert flags.boolean("f", False) is True
    # A program that starts now knows what the last one knew.
    with FlagClient(server.url, key, file=copy) as late:
        assert late.is_ready and late.boolean("f", False) is True and late.stale_for() is not None
    again = Server(data, port)
    try:
        until("it caught up", lambda: flags.stale_for() is None)
        with ReleaseManager(url=again.url) as rm:
            rm.flag_off("f", "staging")
        until("the switch arrives", lambda: flags.details("f", False).reason == "DISABLED")
    finally:
        flags.close()
        again.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_goes_on_with_what_its_parent_knew(at: ReleaseManager) -> None:
    at.create_flag("f", ["staging"], {**SWITCH, "defaultVariant": "on"})
    with following(at) as flags:
        child = os.fork()
        if child == 0:
            began = time.monotonic()
            known = flags.boolean("f", False)
            flags.close()
            os._exit(0 if known and time.monotonic() - began < DEADLINE_SECONDS else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert flags.boolean("f", False) is True


async def _awaited(url: str) -> str:
    async with AsyncReleaseManager(url=url) as rm:
        await rm.create_flag("f", ["staging"], SWITCH)
        return str((await rm.flag_off("f", "staging")).in_("staging").on)


def test_coroutines_do_the_same(at: ReleaseManager) -> None:
    import asyncio

    assert asyncio.run(_awaited(at.url)) == "False"


def test_a_day_that_has_passed_makes_a_flag_stale(at: ReleaseManager) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    at.create_flag("old", ["staging"], remove_by=yesterday)
    (stale,) = at.flags(stale=True)
    assert stale.key == "old" and "removed" in stale.stale
