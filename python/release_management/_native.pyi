"""The part that is not Python: a server in this process, and the command line."""

from collections.abc import Sequence
from os import PathLike
from typing import final

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

def run(arguments: Sequence[str], program: str | PathLike[str], before: Sequence[str]) -> int: ...
def page(code: str) -> str | None: ...
def codes() -> list[tuple[str, str]]: ...
