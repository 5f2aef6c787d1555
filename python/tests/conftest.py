"""A manager with its server in this process, and one that talks to a real `tidegate up`: every test runs on both."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from release_management import ReleaseManager, _native
from release_management._embedded import own_program

HERE = Path(__file__).parent
#: The machines that run this freeze for up to a minute and more.
DEADLINE_SECONDS = 180.0


def until(what: str, look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {DEADLINE_SECONDS} s: {what}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def visit(port: int, path: str = "/") -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Visitors:
    """Requests all the time, from threads of their own."""

    def __init__(self, port: int) -> None:
        self.seen: dict[tuple[int, str], int] = {}
        self.path, self._port, self._stop, self._lock = "/api/", port, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(4)]

    def _visit(self) -> None:
        while not self._stop.wait(0.01):
            try:
                status, body = visit(self._port, self.path)
            except OSError:
                continue
            with self._lock:
                key = status, body.split()[0] if body else ""
                self.seen[key] = self.seen.get(key, 0) + 1

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


class Server:
    """A real `tidegate up` in a process of its own."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.data = data
        command = [sys.executable, "-m", "release_management", "--json", "up", "--data", str(data)]
        command += ["--listen", f"127.0.0.1:{port}", "--stop-services-on-exit"]
        self._log = (data.parent / f"{data.name}.log").open("wb")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, cwd=data.parent)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (data.parent / f"{data.name}.log").read_text()
        self.url = json.loads(line)["url"]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the developer's surroundings reaches a test."""
    for name in ("TIDEGATE_SERVER", "TIDEGATE_TOKEN", "TIDEGATE_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIDEGATE_ACTOR", "ann")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["embedded", "remote"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where `ReleaseManager()` finds its server; services are stopped afterwards."""
    if request.param == "remote":
        server = Server(tmp_path / "data")
        monkeypatch.setenv("TIDEGATE_SERVER", server.url)
        yield "remote"
        server.close()
        return
    yield "embedded"
    home = tmp_path / ".tidegate"
    if home.is_dir():
        program, before = own_program()
        assert _native.run(["--json", "down", "--yes", "--data", str(home)], program, before) == 0


@pytest.fixture
def rm(place: str) -> Iterator[ReleaseManager]:
    with ReleaseManager() as manager:
        assert manager.is_embedded == (place == "embedded")
        yield manager


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Makes a directory that holds the service; `fails` is the share of requests that it fails."""

    def made(name: str, fails: float = 0.0) -> Path:
        directory = tmp_path / "built" / name
        directory.mkdir(parents=True)
        shutil.copy(HERE / "service.py", directory)
        # Another content, so another digest.
        (directory / "name").write_text(name)
        if fails:
            (directory / "fails").write_text(str(fails))
        return directory

    return made


def component(**more: Any) -> dict[str, Any]:
    """How the service runs."""
    return {
        "run": ["python3", "service.py"],
        "variables": {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        "readiness": {"http": "/healthz", "interval": "50ms"},
        "stop": {"drain": 1, "kill_after": 2},
        **more,
    }


def sarif(score: float | None) -> dict[str, Any]:
    """A scan: clean, or with one finding of this severity (9 is critical)."""
    rules, results = [], []
    if score is not None:
        rules = [{"id": "sql-injection", "properties": {"security-severity": str(score)}}]
        results = [{"ruleId": "sql-injection", "message": {"text": "a query is built from text"}}]
    driver = {"name": "scanner", "rules": rules}
    files = [{"location": {"uri": "src/till.py"}}]
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "artifacts": files, "results": results}]}


K6 = (HERE / "k6.json").read_bytes()
