"""Every client of OpenFeature gets from a real server what the others get."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import requests
from openfeature import api
from openfeature.contrib.provider.flagd import FlagdProvider
from openfeature.contrib.provider.flagd.config import ResolverType
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails

TIDEGATE, TOOLS = sys.argv[1], Path(sys.argv[2])
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
        sys.exit(f"{what}: {given!r} is not {expected!r}")


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


def over_ofrep(url: str, key: str) -> dict[str, object]:
    api.set_provider(OFREPProvider(url, headers_factory=lambda: {"Authorization": f"Bearer {key}"}))
    client = api.get_client()
    ann = EvaluationContext("ann", {"plan": "gold"})
    lost = client.get_string_details("split", "default", EvaluationContext())
    check("a share of nobody", told(lost)[2:], ["ERROR", "TARGETING_KEY_MISSING"])
    return {
        "split": {who: client.get_string_details("split", "default", EvaluationContext(who)).variant for who in SUBJECTS},
        "rule": told(client.get_string_details("rule", "default", ann)),
        "off": told(client.get_boolean_details("off", True, ann)),
        "missing": told(client.get_boolean_details("missing", True, ann)),
        "object": told(client.get_object_details("object", {}, ann)),
        "number": told(client.get_float_details("number", 0.0, ann)),
    }


def in_process(directory: Path, definitions: bytes) -> dict[str, object]:
    """flagd's own provider, on what the server exports."""
    path = directory / "definitions.json"
    path.write_bytes(definitions)
    api.set_provider(FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=str(path)))
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


def node(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = ["node", "--no-warnings", "--experimental-eventsource", str(TOOLS / script), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def follow(scene: Scene, key: str) -> None:
    """A page that polls never: the stream alone tells it."""
    page = node("web.mjs", scene.url, key)
    overdue = threading.Timer(DEADLINE_SECONDS, page.kill)
    overdue.start()
    lines = page.stdout
    assert lines is not None
    first = json.loads(lines.readline())
    check("the page's first answer", (first["value"], first["reason"]), (False, "STATIC"))
    # Until the page says that it heard: its connection may take a moment longer than its first answer.
    definition = scene.directory / "live.json"
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(lines.readline()))
    reader.start()
    for turn in range(DEADLINE_SECONDS):
        definition.write_text(json.dumps({**SWITCH, "defaultVariant": "on", "metadata": {"turn": turn}}))
        scene.tidegate("flag", "set", "live", "live.json", "--env", "production")
        reader.join(1)
        if not reader.is_alive():
            break
    overdue.cancel()
    page.wait(DEADLINE_SECONDS)
    changed = json.loads(heard[0])
    check("the page's second answer", (changed["event"], changed["value"]), ("changed", True))


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
            asked = node("server.mjs", scene.url, key, json.dumps(SUBJECTS))
            javascript = json.loads(asked.communicate(timeout=DEADLINE_SECONDS)[0])
            check("Node.js", javascript, python)
            headers = {"Authorization": f"Bearer {key}"}
            exported = requests.get(f"{scene.url}/ofrep/v1/definitions", headers=headers, timeout=DEADLINE_SECONDS)
            exported.raise_for_status()
            for what, answer in in_process(directory, exported.content).items():
                check(f"flagd's provider in process, {what}", answer, python[what])
            follow(scene, scene.key("client"))
        finally:
            scene.end()
    print(f"Python, Node.js, a page and flagd in process agree about {len(SUBJECTS)} subjects.")


main()
