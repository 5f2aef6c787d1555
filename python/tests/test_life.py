"""A server in this process: begun, shared, forked, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Server, component, free_port, until, visit
from release_management import Fault, Refused, ReleaseManager, errors
from release_management.__main__ import main


def test_what_is_kept_is_found_again_and_what_is_scratch_is_gone(tmp_path: Path) -> None:
    with ReleaseManager(tmp_path / "kept") as rm:
        rm.configure_environments({"production": {}})
        assert rm.home == tmp_path / "kept" and rm.is_embedded
        url = rm.url
    with pytest.raises(errors.ServerUnreachable) as away:
        ReleaseManager(url=url).health()
    assert isinstance(away.value, Fault) and "tidegate up" in away.value.help
    with ReleaseManager(tmp_path / "kept", stop_services=True) as rm:
        assert [one.name for one in rm.environments()] == ["production"]
        assert rm.configuration()["project"].startswith("test-what-is-kept")
    with ReleaseManager(home=None) as rm:
        scratch = rm.home
        assert scratch is not None and scratch.is_dir() and rm.environments() == []
    assert not scratch.exists()
    rm.close()


def test_a_directory_that_somebody_serves_is_not_served_twice(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    try:
        with ReleaseManager(tmp_path / "data") as rm:
            assert not rm.is_embedded and rm.url == server.url and rm.health().process_id == server.process.pid
        assert ReleaseManager(url=server.url).environments() == [], "closing it stops nobody else's server"
    finally:
        server.close()


def test_services_go_on_without_the_server_and_the_gateway_is_this_package(
    tmp_path: Path, build: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with ReleaseManager(tmp_path / "kept") as rm:
        rm.configure_environments({"production": {}})
        rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{port}"})})
        rm.setup_release_pipeline()
        rm.configure_deployment_strategy("recreate", {"soak": 0})
        rm.create_release("1.0.0", {"api": build("1.0.0")})
        assert rm.deploy("1.0.0", "production").wait(180).succeeded
        gateway = rm.health()["gateway"]["process_id"]
        assert Path(f"/proc/{gateway}/exe").resolve() == Path(sys.executable).resolve()
        # The command line finds it where it was typed.
        assert main(["--server", rm.url, "release", "list"]) == 0
        assert "1.0.0" in capfd.readouterr().out
        assert main(["--server", rm.url, "release", "show", "9.9.9"]) == 1
    assert visit(port)[0] == 200
    assert main(["down", "--yes", "--data", str(tmp_path / "kept")]) == 0
    until("the gateway has ended", lambda: not Path(f"/proc/{gateway}/exe").exists())


def test_the_interpreter_is_free_while_a_server_begins_and_ends(tmp_path: Path) -> None:
    turns, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0)

    counting = threading.Thread(target=count)
    counting.start()
    for _ in range(3):
        before = turns[0]
        with ReleaseManager(home=None):
            assert turns[0] > before, "nobody else ran while it began"
            before = turns[0]
        assert turns[0] > before, "nobody else ran while it ended"
    stop.set()
    counting.join()


def test_a_forked_child_speaks_to_its_parents_server_and_never_stops_it(tmp_path: Path) -> None:
    with ReleaseManager(home=None) as rm:
        rm.configure_environments({"production": {}})
        child = os.fork()
        if child == 0:
            good = not rm.is_embedded and [one.name for one in rm.environments()] == ["production"]
            rm.close()
            os._exit(0 if good else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert until("the gateway is there, too", lambda: rm.health().ok)


def test_a_script_that_only_ends_ends_cleanly(tmp_path: Path) -> None:
    script = "from release_management import ReleaseManager; rm = ReleaseManager(home=None); print(rm.home)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=180, check=False)
    assert told.returncode == 0 and told.stderr == "", told.stderr
    assert not Path(told.stdout.strip()).exists()


def test_what_cannot_be_begun_says_why(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not both"):
        ReleaseManager(tmp_path, url="http://127.0.0.1:1")
    with pytest.raises(errors.ServerAddressMalformed):
        ReleaseManager(url="nonsense")
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault) as wrong:
        ReleaseManager(tmp_path / "file")
    assert wrong.value.code == "data-directory-unusable" and wrong.value.help
