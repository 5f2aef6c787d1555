"""What is raised: the answer is no (:class:`Refused`), or the outside failed (:class:`Fault`).

Every code that Tidegate can answer with has a class here, named after it: ``gates-closed`` is ``errors.GatesClosed``. What
is raised is one of it and of :class:`Refused` or :class:`Fault`, so both of these work::

    try:
        rm.deploy("2.1.0", "production")
    except errors.GatesClosed as closed:
        print(closed.help)
    except Refused as refused:
        print(refused.code, refused.help)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _native

__all__ = ["Fault", "Refused", "TidegateError", "TimedOut", "class_of", "codes", "explain", "named"]


class TidegateError(Exception):
    """What could not be done, with a code that stays, a sentence, and the next step."""

    #: Stable, kebab-case; :func:`explain` says more.
    code: str = "error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        help: str = "",
        status: int | None = None,
        request_id: str | None = None,
        diagnostics: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        if code is not None:
            self.code = code
        #: What happened, in one sentence.
        self.detail = detail
        #: The next step.
        self.help = help
        #: Of the HTTP answer; absent where none came.
        self.status = status
        #: Stands in the server's log too.
        self.request_id = request_id
        #: What is wrong with a configuration, place by place.
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        lines = [f"{self.detail} ({self.code})"]
        for entry in (self.diagnostics or {}).get("entries", []):
            lines.append(f"  line {entry['line']}: {entry['message']}: {entry['source_line'].strip()}")
            if entry.get("suggestion"):
                lines.append(f"    help: {entry['suggestion']}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.code, isinstance(self, Fault), self.__dict__)


class Refused(TidegateError):
    """An answer: no, as things stand or whatever stands. Nothing was changed."""


class Fault(TidegateError):
    """The outside failed: no answer, a full disk, a gateway that is away. It may be tried again."""


class TimedOut(Fault):
    """What was waited for has not ended in the time given; it goes on."""

    code = "still-under-way"


def _name(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("-"))


#: One class for each code, and under it one for each way that it is answered: as a refusal or as a fault.
_named: dict[str, type[TidegateError]] = {TimedOut.code: TimedOut}
_classes: dict[tuple[str, bool], type[TidegateError]] = {(TimedOut.code, True): TimedOut}


def named(code: str) -> type[TidegateError]:
    """The class of a code, however it is answered; there is always one, also for codes of newer servers."""
    known = _named.get(code)
    if known is None:
        page = _native.page(code) or ""
        told = next((line for line in page.splitlines()[1:] if line), f"The code `{code}`.")
        known = type(_name(code), (TidegateError,), {"code": code, "__doc__": told, "__module__": __name__})
        _named[code] = known
    return known


def class_of(code: str, is_fault: bool = False) -> type[TidegateError]:
    """What is raised for a code: its class, and :class:`Fault` or :class:`Refused`."""
    known = _classes.get((code, is_fault))
    if known is None:
        base = named(code)
        body = {"__doc__": base.__doc__, "__module__": __name__, "__qualname__": base.__qualname__}
        known = type(base.__name__, (base, Fault if is_fault else Refused), body)
        _classes[(code, is_fault)] = known
    return known


def codes() -> dict[str, str]:
    """Every code that this build knows, with the first sentence of its page."""
    return dict(_native.codes())


def explain(code: str) -> str | None:
    """The page of a code: why, and what to do."""
    return _native.page(code)


def from_problem(problem: Mapping[str, Any], status: int) -> TidegateError:
    """What a server answered (RFC 9457)."""
    kind = class_of(str(problem.get("code", "error")), status >= 500)
    return kind(
        str(problem.get("detail", "")),
        help=str(problem.get("help", "")),
        status=status,
        request_id=problem.get("request_id"),
        diagnostics=problem.get("diagnostics"),
    )


def refused(code: str, detail: str, help: str) -> TidegateError:
    return class_of(code)(detail, help=help)


def fault(code: str, detail: str, help: str) -> TidegateError:
    return class_of(code, is_fault=True)(detail, help=help)


def _again(code: str, is_fault: bool, state: dict[str, Any]) -> TidegateError:
    error = class_of(code, is_fault)(state["detail"])
    error.__dict__.update(state)
    return error


def __getattr__(name: str) -> type[TidegateError]:
    for code, _ in _native.codes():
        if _name(code) == name:
            return named(code)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *(_name(code) for code, _ in _native.codes())})
