"""Changes to a configuration: a `tidegate.yaml` as a dictionary, in and out.

Nothing here talks to a server, and nothing is decided here: what cannot be is refused by the server, place by place.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .errors import refused

Document = dict[str, Any]

#: Keys of the configuration that take a time with a unit; a bare number means seconds.
_TIMES = {
    "block",
    "database_age",
    "drain",
    "expires",
    "grace",
    "hold_max",
    "interval",
    "keep_stable",
    "kill_after",
    "max_age",
    "min_duration",
    "min_ready",
    "no_data_wait_max",
    "preview_for",
    "progress_deadline",
    "scrape_interval",
    "shared_breach_max",
    "soak",
    "timeout",
    "wait",
    "warm_up",
}
#: Keys that take a share of traffic; a bare number means percent.
_SHARES = {"shift", "mirror", "warm_up_traffic"}
_STAGE_DEFAULT = "rolling"


def empty(project: str) -> Document:
    return {"project": project, "components": {}, "environments": []}


def project_name(given: str) -> str:
    """A name that the configuration takes, from a directory's."""
    name = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    return (name if name[:1].isalpha() else f"project-{name}".strip("-"))[:40].strip("-")


def written(value: Any, key: str = "") -> Any:
    """As the configuration writes it: times and shares with their units."""
    if isinstance(value, Mapping):
        return {str(name): written(part, str(name)) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [written(part) for part in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, bool) or value is None or not isinstance(value, int | float):
        return value
    if key in _TIMES:
        return _time(value)
    return f"{value:g}%" if key in _SHARES else value


def _time(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 1000}s" if whole % 1000 == 0 else f"{whole}ms"


def _with_seconds(options: Mapping[str, Any]) -> dict[str, Any]:
    """``interval_seconds: 60`` says the same as ``interval: "60s"``, and is how the rest of the API says it."""
    read = {}
    for key, value in options.items():
        short = key.removesuffix("_seconds")
        read[short if short in _TIMES else key] = value
    return read


# --- environments and components


def environment(document: Document, name: str) -> Document | None:
    found: Iterable[Document] = (one for one in document["environments"] if one.get("name") == name)
    return next(iter(found), None)


def environment_names(document: Document) -> list[str]:
    return [str(one["name"]) for one in document["environments"]]


def set_environments(document: Document, given: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Adds or changes; those that are not named stay. A new one runs every component there is."""
    for key, options in given.items():
        options = dict(options or {})
        # What people call it; it is known by its key.
        title = options.pop("name", None)
        known = environment(document, key)
        if known is None:
            known = {"name": key}
            document["environments"].append(known)
            placed: Document = {name: {} for name in document["components"]}
            known.update({"components": placed} if placed else {"planned": True})
        if title is not None and title != key:
            known.setdefault("variables", {}).setdefault("ENVIRONMENT_NAME", str(title))
        components = options.pop("components", None)
        known.update(written(options))
        for name, placement in _named(components).items():
            place(document, known, name, placement)


def _named(given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    return dict(given) if isinstance(given, Mapping) else {str(name): {} for name in given}


def place(document: Document, known: Document, component: str, options: Mapping[str, Any] | None) -> None:
    """Puts a component into an environment, or changes how it stands there."""
    known.pop("planned", None)
    placements = known.setdefault("components", {})
    placement = dict(placements.get(component) or {})
    options = dict(options or {})
    if isinstance(options.get("route"), str):
        options["route"] = {"listen": options["route"]}
    placement.update(written(options))
    placements[component] = placement
    document["components"].setdefault(component, {"planned": True})


_OF_PLACEMENTS = ("replicas", "route")


def set_components(document: Document, given: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Adds or changes. One without ``run`` is planned: known by its name, and not to be deployed yet."""
    for name, options in given.items():
        options = dict(options or {})
        places = options.pop("environments", None)
        routes = _named(options.pop("routes", None))
        here = {key: options.pop(key) for key in _OF_PLACEMENTS if key in options}
        spec = dict(document["components"].get(name) or {})
        is_new = not spec
        spec.update(written(_with_seconds(options)))
        if spec.get("run"):
            spec.pop("planned", None)
        else:
            spec.pop("run", None)
            spec["planned"] = True
        document["components"][name] = spec
        if places is None and is_new:
            places = environment_names(document)
        per_place = _named(places)
        for key in routes:
            per_place.setdefault(key, {})
        if here:
            for key in list(per_place) or [one["name"] for one in _running(document, name)]:
                per_place[key] = {**here, **(per_place.get(key) or {})}
        for key, placement in per_place.items():
            known = environment(document, key)
            if known is None:
                raise _unknown_environment(key, document)
            route = {"route": routes[key]} if key in routes else {}
            place(document, known, name, {**(placement or {}), **route})


def _running(document: Document, component: str) -> list[Document]:
    return [one for one in document["environments"] if component in (one.get("components") or {})]


def _unknown_environment(name: str, document: Document) -> Exception:
    known = ", ".join(environment_names(document))
    help = f"there are: {known}" if known else "name them with configure_environments({...}) first"
    return refused("unknown-environment", f"there is no environment `{name}`", help)


# --- the pipeline


def set_pipeline(document: Document, name: str, stages: Iterable[str | Mapping[str, Any]] | None) -> None:
    """Ordered stages, all environments where none are given. What a stage says already stays."""
    before = {stage["environment"]: stage for stage in (document.get("pipeline") or {}).get("stages") or []}
    given: Iterable[str | Mapping[str, Any]] = environment_names(document) if stages is None else stages
    ordered = []
    for entry in given:
        one = {"environment": entry} if isinstance(entry, str) else _with_seconds(entry)
        if environment(document, str(one.get("environment"))) is None:
            raise _unknown_environment(str(one.get("environment")), document)
        stage = {**before.get(str(one["environment"]), {}), **written(one)}
        stage.setdefault("strategy", _STAGE_DEFAULT)
        ordered.append(stage)
    if not ordered:
        help = "name them with configure_environments({...}) first"
        raise refused("no-stages", "there is no environment that the pipeline could lead to", help)
    # Nothing comes before the first.
    ordered[0].pop("promotion", None)
    document["pipeline"] = {"name": name, "stages": ordered}


def stage(document: Document, environment: str | None) -> Document:
    """The stage of an environment; the last one, where users are, where none is named."""
    stages: list[Document] = (document.get("pipeline") or {}).get("stages") or []
    if not stages:
        help = 'set one up first: setup_release_pipeline("Main Release Pipeline")'
        raise refused("no-pipeline", "there is no pipeline yet", help)
    if environment is None:
        return stages[-1]
    for one in stages:
        if one.get("environment") == environment:
            return one
    known = ", ".join(str(one.get("environment")) for one in stages)
    help = f"it leads through: {known}; setup_release_pipeline(name, stages=[...]) changes that"
    raise refused("no-stage", f"`{environment}` is in no stage of the pipeline", help)


def strategy_of(stage: Document) -> tuple[str, dict[str, Any]]:
    """Its name, and the knobs that are set."""
    given = stage.get("strategy") or _STAGE_DEFAULT
    if isinstance(given, str):
        return given, {}
    name = next(iter(given), _STAGE_DEFAULT)
    return name, dict(given.get(name) or {})


def set_strategy(stage: Document, name: str, options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whole: knobs that are not given have their defaults again."""
    name = name.replace("_", "-")
    knobs = written(_with_seconds(options or {}))
    if isinstance(knobs.get("steps"), list):
        knobs["steps"] = [_step(step) for step in knobs["steps"]]
    stage["strategy"] = {name: knobs} if knobs else name
    return dict(knobs)


def _step(step: Any) -> Any:
    """A bare number is a share in percent."""
    return {"shift": f"{step:g}%"} if isinstance(step, int | float) and not isinstance(step, bool) else step


def change_analysis(stage: Document, change: Callable[[dict[str, Any]], None]) -> None:
    """Whoever says how to judge wants it judged, also where it was off."""
    given = stage.get("analysis")
    knobs = copy.deepcopy(given) if isinstance(given, dict) else {}
    change(knobs)
    stage["analysis"] = knobs if knobs else "on"


def set_judged(stage: Document, judged: bool) -> None:
    if not judged:
        stage["analysis"] = "off"
    elif not isinstance(stage.get("analysis"), dict):
        stage["analysis"] = "on"


def set_triggers(stage: Document, triggers: Iterable[Mapping[str, Any]]) -> None:
    given = [written(trigger) for trigger in triggers]

    def change(knobs: dict[str, Any]) -> None:
        knobs.pop("trigger_conditions", None)
        knobs["rollback_when"] = given

    change_analysis(stage, change)


# --- gates


def gate_name(gate: Any) -> str:
    """What a gate is called, as the configuration does it: its own name, or its kind's."""
    if isinstance(gate, str):
        return gate.replace("_", "-")
    kind, body = next(iter(gate.items()), ("", None))
    if isinstance(body, Mapping) and body.get("name"):
        return str(body["name"])
    if kind == "evidence" and isinstance(body, Mapping):
        return str(body.get("kind", kind)).replace("_", "-")
    return str(kind).replace("_", "-")


def set_gates(stage: Document, gates: Iterable[Any], replace: bool) -> None:
    """Each takes the place of the one with its name."""
    kept = [] if replace else list(stage.get("gates") or [])
    for gate in gates:
        new = written(gate)
        names = [gate_name(known) for known in kept]
        if gate_name(new) in names:
            kept[names.index(gate_name(new))] = new
        else:
            kept.append(new)
    _keep(stage, kept)


def remove_gates(stage: Document, names: Iterable[str]) -> None:
    gone = {name.replace("_", "-") for name in names}
    _keep(stage, [gate for gate in stage.get("gates") or [] if gate_name(gate) not in gone])


def _keep(stage: Document, gates: list[Any]) -> None:
    if gates:
        stage["gates"] = gates
    else:
        stage.pop("gates", None)


#: How scripts say it, and how the configuration does.
_EVIDENCE_KEYS = {
    "pass_threshold": "threshold",
    "expected_suites": "suites",
    "database_age_seconds": "database_age",
    "max_age_seconds": "database_age",
}


def evidence_gate(kind: str, options: Mapping[str, Any] | bool) -> dict[str, Any]:
    """``True`` asks for the kind's own threshold: present and passing."""
    given = {} if options is True else dict(options or {})
    body: dict[str, Any] = {"kind": kind}
    for key, value in given.items():
        key = _EVIDENCE_KEYS.get(key, key)
        if key == "required" and value is True:
            continue
        body[key] = value
    return {"evidence": body}
