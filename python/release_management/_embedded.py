"""A server in this process, with its data in one directory.

A data directory has one server at a time. Where another process serves it already (``tidegate up``), that one is used.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import _native
from ._transport import Transport
from .errors import TidegateError, fault

_BEGIN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from release_management.__main__ import main; sys.exit(main())"
)


def own_program() -> tuple[str, list[str]]:
    """How this package is run once more, wherever it was imported from: the program, and what goes before a verb."""
    package = Path(__file__).resolve().parent.parent
    return sys.executable, ["-I", "-c", _BEGIN, str(package)]


class Embedded:
    """A running server, or the one that another process runs on the same directory."""

    def __init__(self, home: str | os.PathLike[str] | None, stop_services: bool | None) -> None:
        self.process_id = os.getpid()
        kept = tempfile.mkdtemp(prefix="tidegate-") if home is None else os.fspath(home)
        self._scratch = kept if home is None else None
        self.home = Path(kept).absolute()
        stops = home is None if stop_services is None else stop_services
        self._server: _native.Server | None = None
        program, before = own_program()
        try:
            self._server = _native.Server(self.home, program, before, stops)
            self.url = self._server.url
        except _native.StartError as error:
            code, detail, help = error.args
            other = _served_by_another(self.home) if code == "store-in-use" else None
            if other is None:
                self._remove_scratch()
                raise fault(code, detail, help) from None
            self.url = other

    @property
    def is_ours(self) -> bool:
        """Whether the server runs in this process."""
        return self._server is not None and self.process_id == os.getpid()

    def close(self) -> None:
        """Stops the server, if it is ours. After a fork it is the parent's."""
        if self.process_id != os.getpid():
            return
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        self._remove_scratch()

    def _remove_scratch(self) -> None:
        scratch, self._scratch = self._scratch, None
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _served_by_another(home: Path) -> str | None:
    """The address in ``server.json``, if that very process answers there."""
    try:
        record = json.loads((home / "server.json").read_text())
        url, process_id = str(record["url"]), int(record["process_id"])
        answers = Transport(url, timeout_seconds=5).health()["process_id"]
    except (OSError, ValueError, KeyError, TypeError, TidegateError):
        return None
    return url if answers == process_id else None
