"""Every client of OpenFeature gets from a real server what the others get."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.flag_evaluation import FlagEvaluationDetails
from release_management.flags import FlagClient, Provider

TIDEGATE, TOOLS, CHROMIUM = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
EXAMPLES = Path(TIDEGATE).parent / "examples"
#: A machine may stand still for a minute.
DEADLINE_SECONDS = 180
SUBJECTS = [f"user-{index}" for index in range(300)]
SWITCH = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
CONFIGURATION = """\
project: practice
components:
  api: {run: ["sleep", "1000000"], readiness: alive}
environments:
  - {name: production, components: {api: {replicas: 1}}}
"""
FLAGS = {
    "$evaluators": {"gold": {"==": [{"var": "plan"}, "gold"]}},
    "flags": {
        "split": {
            "state": "ENABLED",
            "variants": {"a": "A", "b": "B", "c": "C"},
            "defaultVariant": "a",
            "targeting": {"fractional": [["a", 20], ["b", 30], ["c", 50]]},
        },
        "rule": {
            "state": "ENABLED",
            "variants": {"red": "RED", "blue": "BLUE"},
            "defaultVariant": "blue",
            "targeting": {"if": [{"$ref": "gold"}, "red", None]},
        },
        "off": {**SWITCH, "state": "DISABLED"},
        "object": {"state": "ENABLED", "variants": {"one": {"x": [1, 2]}}, "defaultVariant": "one"},
        "number": {"state": "ENABLED", "variants": {"half": 0.5}, "defaultVariant": "half"},
        "live": SWITCH,
    },
}


def told(details: FlagEvaluationDetails) -> list[object]:
    """Value, variant, reason, error: as the other clients say them."""
    reason, code = details.reason, details.error_code
    return [details.value, details.variant, getattr(reason, "value", reason), getattr(code, "value", code)]


def check(what: str, given: object, expected: object) -> None:
    if given != expected:
        sys.exit(f"{what}: {str(given)[:2_000]} is not {str(expected)[:2_000]}")


class Scene:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        command = [TIDEGATE, "up", "--data", str(directory / "data"), "--listen", "127.0.0.1:0"]
        self.log = (directory / "server.log").open("w")
        self.server = subprocess.Popen([*command, "--stop-services-on-exit"], stdout=self.log, stderr=self.log)
        self.url = self.found()
        (directory / "tidegate.yaml").write_text(CONFIGURATION)
        (directory / "flags.json").write_text(json.dumps(FLAGS))
        self.tidegate("apply")
        self.tidegate("flag", "import", "flags.json", "--env", "production")

    def found(self) -> str:
        record = self.directory / "data" / "server.json"
        for _ in range(DEADLINE_SECONDS * 10):
            if record.exists():
                return str(json.loads(record.read_text())["url"])
            if self.server.poll() is not None:
                break
            threading.Event().wait(0.1)
        sys.exit(f"the server did not start:\n{(self.directory / 'server.log').read_text()}")

    def tidegate(self, *arguments: str) -> str:
        ran = subprocess.run(
            [TIDEGATE, *arguments, "--server", self.url], cwd=self.directory, text=True, capture_output=True,
            timeout=DEADLINE_SECONDS, check=False,
        )
        if ran.returncode != 0:
            sys.exit(f"tidegate {' '.join(arguments)}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def key(self, kind: str) -> str:
        return self.tidegate("flag", "keys", "create", "--env", "production", "--kind", kind).strip()

    def end(self) -> None:
        self.server.terminate()
        self.server.wait(DEADLINE_SECONDS)
        self.log.close()


def answered(client: OpenFeatureClient) -> dict[str, object]:
    """What whoever has everything says."""
    ann = EvaluationContext("ann", {"plan": "gold"})
    return {
        "split": {who: client.get_string_details("split", "default", EvaluationContext(who)).variant for who in SUBJECTS},
        "rule": told(client.get_string_details("rule", "default", ann)),
        "off": told(client.get_boolean_details("off", True, ann)),
        "missing": told(client.get_boolean_details("missing", True, ann)),
        "object": told(client.get_object_details("object", {}, ann)),
        "number": told(client.get_float_details("number", 0.0, ann)),
        "nobody": told(client.get_string_details("split", "default", EvaluationContext())),
    }


def over_ofrep(url: str, key: str) -> dict[str, object]:
    api.set_provider_and_wait(OFREPProvider(url, headers_factory=lambda: {"Authorization": f"Bearer {key}"}))
    return answered(api.get_client())


def by_tidegate(url: str, key: str) -> dict[str, object]:
    """Tidegate's own provider: in process, on the same core as its Rust crate."""
    api.set_provider_and_wait(Provider(FlagClient(url, key), ready_within=DEADLINE_SECONDS))
    try:
        return answered(api.get_client())
    finally:
        api.shutdown()


def by_rust(url: str, key: str) -> dict[str, object]:
    """The crate's provider for `open-feature`."""
    command = [str(EXAMPLES / "openfeature"), url, *SUBJECTS]
    ran = subprocess.run(
        command, env={**os.environ, "TIDEGATE_FLAG_KEY": key}, capture_output=True, text=True,
        timeout=DEADLINE_SECONDS, check=False,
    )
    if ran.returncode != 0:
        sys.exit(f"the Rust example: {ran.stderr}")
    answers: dict[str, object] = json.loads(ran.stdout)
    return answers


def in_process(directory: Path, definitions: bytes) -> dict[str, object]:
    """flagd's own provider, on what the server exports."""
    path = directory / "definitions.json"
    path.write_bytes(definitions)
    api.set_provider_and_wait(FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=str(path)))
    client = api.get_client()
    ann = EvaluationContext("ann", {"plan": "gold"})
    answers = {
        "split": {who: client.get_string_details("split", "default", EvaluationContext(who)).variant for who in SUBJECTS},
        "rule": told(client.get_string_details("rule", "default", ann)),
        "object": told(client.get_object_details("object", {}, ann)),
        "number": told(client.get_float_details("number", 0.0, ann)),
    }
    api.shutdown()
    return answers


def by_node(url: str, key: str) -> dict[str, object]:
    """As `examples/flags-node` asks."""
    command = ["node", str(TOOLS / "flags-node" / "node.mjs"), url, key, json.dumps(SUBJECTS)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=True)
    answers: dict[str, object] = json.loads(ran.stdout)
    return answers


class Lines:
    """What a program says, line by line."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name, self.process = name, process
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.put(line.strip())

    def until(self, what: str, holds: Callable[[str], bool]) -> str:
        last = ""
        while True:
            try:
                last = self.said.get(timeout=DEADLINE_SECONDS)
            except queue.Empty:
                sys.exit(f"{self.name} did not say that {what}; the last was {last!r}")
            if holds(last):
                return last


@contextmanager
def running(name: str, command: list[str], **variables: str) -> Iterator[Lines]:
    process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True)
    try:
        yield Lines(name, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(DEADLINE_SECONDS)


def follow(scene: Scene) -> None:
    """Nobody polls: the stream of changes alone tells the page, the Rust program and the Python one of a kill switch."""
    server, client = scene.key("server"), scene.key("client")
    with ExitStack() as scope:
        port = {"PORT": "0", "TIDEGATE_URL": scene.url, "FLAG": "live"}
        service = scope.enter_context(running(
            "the Node.js service", ["node", str(TOOLS / "flags-node" / "service.mjs")], TIDEGATE_FLAG_KEY=server, **port,
        ))
        site = scope.enter_context(running(
            "the page's server", ["node", str(TOOLS / "flags-web" / "serve.mjs")], TIDEGATE_FLAG_KEY=client, **port,
        ))
        page = scope.enter_context(running("the page", [
            "node", "--no-warnings", "--experimental-websocket", str(Path(__file__).parent / "browser.mjs"), CHROMIUM,
            site.until("it listens", bool), "checkout",
        ]))
        rust = scope.enter_context(running(
            "the Rust program", [str(EXAMPLES / "follow"), scene.url, "live", "ann"], TIDEGATE_FLAG_KEY=server,
        ))
        python = scope.enter_context(told_by_provider(scene.url, server))
        address = service.until("it listens", bool)

        def everybody(page_says: str, value: bool, reason: str) -> None:
            page.until(page_says, lambda line: page_says in line)
            rust.until(page_says, lambda line: (json.loads(line)["value"], json.loads(line)["reason"]) == (value, reason))
            python.until((value, reason))
            with urllib.request.urlopen(f"{address}/?user=ann", timeout=DEADLINE_SECONDS) as answer:
                asked = json.load(answer)
            check("the Node.js service", (asked["checkout"], asked["reason"]), ("new" if value else "old", reason))

        everybody("sees the old checkout (STATIC)", False, "STATIC")
        on = {**SWITCH, "defaultVariant": "on", "offVariant": "off"}
        (scene.directory / "live.json").write_text(json.dumps(on))
        scene.tidegate("flag", "set", "live", "live.json", "--env", "production")
        everybody("sees the new checkout (STATIC)", True, "STATIC")
        scene.tidegate("flag", "off", "live", "--env", "production", "--reason", "orders are lost")
        everybody("sees the old checkout (DISABLED)", False, "DISABLED")
        # The server answered 200 and knows the flag, or this line would not be there or would say so.
        service.process.terminate()
        service.until("its outcomes were reported", lambda line: line == "reported 3 requests")


class ByProvider:
    """What Tidegate's provider for Python says after each change that it tells of."""

    def __init__(self) -> None:
        self.client = api.get_client()
        self.told: queue.Queue[EventDetails | None] = queue.Queue()
        self.told.put(None)
        self.client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, self.told.put)

    def until(self, expected: tuple[bool, str]) -> None:
        while True:
            try:
                self.told.get(timeout=DEADLINE_SECONDS)
            except queue.Empty:
                sys.exit(f"the Python provider did not tell of {expected}")
            details = self.client.get_boolean_details("live", not expected[0], EvaluationContext("ann"))
            if (details.value, details.reason) == expected:
                return


@contextmanager
def told_by_provider(url: str, key: str) -> Iterator[ByProvider]:
    api.set_provider_and_wait(Provider(FlagClient(url, key), ready_within=DEADLINE_SECONDS))
    try:
        yield ByProvider()
    finally:
        api.shutdown()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        os.environ.update(HOME=name, XDG_CONFIG_HOME=name, XDG_STATE_HOME=name)
        scene = Scene(directory)
        try:
            key = scene.key("server")
            python = over_ofrep(scene.url, key)
            check("a rule", python["rule"], ["RED", "red", "TARGETING_MATCH", None])
            check("what is off", python["off"], [False, "off", "DISABLED", None])
            check("what is not there", python["missing"], [True, None, "ERROR", "FLAG_NOT_FOUND"])
            shares = set(python["split"].values())  # type: ignore[attr-defined]
            check("the shares", shares, {"a", "b", "c"})
            check("a share of nobody", python["nobody"], ["default", None, "ERROR", "TARGETING_KEY_MISSING"])
            check("Node.js", by_node(scene.url, key), python)
            check("Tidegate's provider for Python", by_tidegate(scene.url, key), python)
            check("Tidegate's provider for Rust", by_rust(scene.url, key), python)
            headers = {"Authorization": f"Bearer {key}"}
            exported = requests.get(f"{scene.url}/ofrep/v1/definitions", headers=headers, timeout=DEADLINE_SECONDS)
            exported.raise_for_status()
            for what, answer in in_process(directory, exported.content).items():
                check(f"flagd's provider in process, {what}", answer, python[what])
            follow(scene)
        finally:
            scene.end()
    print(
        f"Python and Node.js over OFREP, Tidegate's providers for Python and Rust, and flagd's in process agree about "
        f"{len(SUBJECTS)} subjects; a page, a service, a Rust program and a Python one follow a kill switch."
    )


main()
