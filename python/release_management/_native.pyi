"""The part that is not Python: a server in this process, feature flags, and the command line."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, TypeVar, final

_T = TypeVar("_T")

version: str

class StartError(Exception):
    """A server that does not start: code, sentence, next step."""

@final
class Server:
    """A Tidegate server in this process, on threads of its own."""

    def __new__(
        cls,
        home: str | PathLike[str],
        program: str | PathLike[str],
        before: Sequence[str],
        stop_services: bool,
    ) -> Server: ...
    @property
    def url(self) -> str: ...
    def stop(self) -> None: ...

@final
class Flags:
    """Feature flags of one environment, evaluated in this process."""

    def __new__(
        cls, addresses: Sequence[str], key: str, file: str | PathLike[str] | None, reports: bool
    ) -> Flags: ...
    def value(
        self, asked: tuple[str, str], default: _T, subject: str | None, attributes: dict[str, Any]
    ) -> Any | _T: ...
    def details(
        self, asked: tuple[str, str], default: _T, subject: str | None, attributes: dict[str, Any]
    ) -> tuple[_T, str | None, str, str | None, str | None, dict[str, Any]]: ...
    def outcome(self, key: str, variant: str, ok: bool, seconds: float) -> None: ...
    def wait_ready(self, seconds: float) -> str | None: ...
    def stale_for(self) -> float | None: ...
    def is_ready(self) -> bool: ...
    def trouble(self) -> str | None: ...
    def changes(self) -> FlagChanges: ...
    def stop(self) -> None: ...

@final
class FlagChanges:
    """Changes of flags, from one moment on."""

    def wait(self, seconds: float) -> tuple[list[str], bool] | None: ...

def run(arguments: Sequence[str], program: str | PathLike[str], before: Sequence[str]) -> int: ...
def page(code: str) -> str | None: ...
def codes() -> list[tuple[str, str]]: ...
