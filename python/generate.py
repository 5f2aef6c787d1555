"""Writes what follows from the manager and its parts: `release_management/aio.py` (every method as a coroutine, every stream as an
async one) and the reference page.

`python generate.py` writes them; `python generate.py --check` says whether they are up to date (a test does).
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = HERE / "release_management" / "_parts"
#: In the order of the reference page; the methods of each stand in its one class.
SOURCES = [
    HERE / "release_management" / "manager.py",
    *(
        PARTS / f"{part}.py"
        for part in (
            "configuration", "releases", "plans", "deployments", "gates", "calendar", "evidence", "people", "secrets", "webhooks", "inbound", "flags", "looking",
        "measures",
        "announcements",
        )
    ),
]
TARGET = HERE / "release_management" / "aio.py"

HEAD = '''"""The same manager for asyncio: each method is a coroutine, each stream an async generator.

Written by `generate.py` from the manager and its parts; do not edit. Methods run on threads of their own, so the event loop is never
kept waiting, and what is awaited can be cancelled: what was asked of the server has been asked then.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from . import records as r
from ._transport import Stop
from .manager import AnyDeployment, AnyRelease, FlagFormat, FlagKind, Grant, Occasion, Progress, Reaches, ReleaseManager, Report

_T = TypeVar("_T")
#: Requests at once; streams have threads of their own.
_THREADS = 16


class AsyncReleaseManager:
    """A :class:`ReleaseManager` for asyncio; takes the same arguments.

    Use it with ``async with``, or begin with :meth:`open`. Records that it answers with have methods that wait; from
    coroutines use those of the manager: ``await rm.wait(deployment)``, ``async for rollout in rm.watch(id)``.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._make = functools.partial(ReleaseManager, *args, **options)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="release-management")
        self._manager: ReleaseManager | None = None

    @property
    def manager(self) -> ReleaseManager:
        """The manager that waits."""
        if self._manager is None:
            raise RuntimeError("use `async with AsyncReleaseManager(...) as rm`, or `await rm.open()` first")
        return self._manager

    async def open(self) -> AsyncReleaseManager:
        """Starts the server, where it runs in this process."""
        if self._manager is None:
            self._manager = await self._run(self._make)
        return self

    async def close(self) -> None:
        """Stops the server, if it runs in this process."""
        if self._manager is not None:
            await self._run(self._manager.close)
        self._threads.shutdown(wait=False)

    async def __aenter__(self) -> AsyncReleaseManager:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncReleaseManager of {self._manager!r}>"

    async def _run(self, method: Callable[..., _T], *args: Any, **options: Any) -> _T:
        call = functools.partial(method, *args, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def _stream(self, begin: Callable[[Stop], Iterator[_T]]) -> AsyncIterator[_T]:
        """What a thread reads, in order; it reads at most a little ahead, and ends when nobody listens any more."""
        loop, stop = asyncio.get_running_loop(), Stop()
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        room = threading.Semaphore(64)

        def put(kind: str, value: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, (kind, value))

        def read() -> None:
            try:
                for item in begin(stop):
                    room.acquire()
                    if stop.is_set():
                        break
                    put("item", item)
                put("end", None)
            except BaseException as error:
                put("error", error)

        threading.Thread(target=read, daemon=True, name="release-management-stream").start()
        try:
            while True:
                kind, value = await queue.get()
                if kind == "end":
                    return
                if kind == "error":
                    raise value
                room.release()
                yield value
        finally:
            stop.set()
            room.release()

    async def wait(
        self,
        deployment: AnyDeployment,
        *,
        timeout: float | None = None,
        progress: Progress | None = None,
    ) -> r.Deployment:
        """As :meth:`ReleaseManager.wait`; ``progress`` is called in the event loop. Cancelling stops the waiting only."""
        loop, stop = asyncio.get_running_loop(), Stop()

        def told(rollout: r.Rollout) -> None:
            if progress is not None:
                loop.call_soon_threadsafe(progress, rollout)

        waiting = functools.partial(self.manager.wait, deployment, timeout=timeout, progress=told, stop=stop)
        try:
            return await asyncio.to_thread(waiting)
        finally:
            stop.set()
'''

BY_HAND = {"close", "wait"}


def public(source: Path) -> list[ast.FunctionDef]:
    classes = [node for node in ast.parse(source.read_text()).body if isinstance(node, ast.ClassDef)]
    found = [node for node in classes[-1].body if isinstance(node, ast.FunctionDef)]
    return [node for node in found if not node.name.startswith("_")]


def methods() -> list[ast.FunctionDef]:
    return [node for source in SOURCES for node in public(source) if node.name not in BY_HAND]


def is_property(node: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "property" for mark in node.decorator_list)


def passed(arguments: ast.arguments) -> str:
    words = [one.arg for one in arguments.args[1:]]
    words += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    words += [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]
    words += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return ", ".join(words)


def without_stop(arguments: ast.arguments) -> None:
    kept = [pair for pair in zip(arguments.kwonlyargs, arguments.kw_defaults) if pair[0].arg != "stop"]
    arguments.kwonlyargs = [argument for argument, _ in kept]
    arguments.kw_defaults = [default for _, default in kept]


def method(node: ast.FunctionDef) -> str:
    told = (ast.get_docstring(node) or "").strip().splitlines()[0]
    answer = ast.unparse(node.returns) if node.returns else "None"
    if is_property(node):
        return f'    @property\n    def {node.name}(self) -> {answer}:\n        """{told}"""\n        return self.manager.{node.name}\n'
    arguments = node.args
    if answer.startswith("Iterator["):
        without_stop(arguments)
        words = ", ".join(word for word in (passed(arguments), "stop=stop") if word)
        inner = answer.removeprefix("Iterator[").removesuffix("]")
        return (
            f"    def {node.name}({ast.unparse(arguments)}) -> AsyncIterator[{inner}]:\n"
            f'        """{told}"""\n'
            f"        return self._stream(lambda stop: self.manager.{node.name}({words}))\n"
        )
    words = ", ".join(word for word in (f"self.manager.{node.name}", passed(arguments)) if word)
    return (
        f"    async def {node.name}({ast.unparse(arguments)}) -> {answer}:\n"
        f'        """{told}"""\n'
        f"        return await self._run({words})\n"
    )


PAGE = HERE.parent / "docs" / "reference" / "python.md"

PAGE_HEAD = """# The Python package

Every method of `release_management.ReleaseManager`; `AsyncReleaseManager` has the same as coroutines, and streams as asynchronous
generators. The [guide](../guides/python.md) tells how they go together. Written by `python/generate.py`.
"""


def sections() -> list[tuple[str, list[ast.FunctionDef]]]:
    """The methods under the headings of the sources (`# --- gates`)."""
    told = []
    for source in SOURCES:
        lines = source.read_text().splitlines()
        marks = [(index, line.split("---", 1)[1].strip()) for index, line in enumerate(lines, 1) if "# ---" in line]
        for place, (line, title) in enumerate(marks):
            end = marks[place + 1][0] if place + 1 < len(marks) else len(lines) + 1
            told.append((title, [node for node in public(source) if line < node.lineno < end]))
    return [(title, nodes) for title, nodes in told if nodes]


def described(node: ast.FunctionDef) -> str:
    arguments = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    for name in ("r.", "configure."):
        arguments = arguments.replace(name, "")
    answer = (ast.unparse(node.returns) if node.returns else "None").replace("r.", "")
    head = f"{node.name} -> {answer}" if is_property(node) else f"{node.name}({arguments}) -> {answer}"
    told = (ast.get_docstring(node) or "").replace("``", "`")
    for role in (":meth:", ":class:"):
        told = told.replace(role, "")
    lines = [line.replace(":param ", "- `", 1).replace(": ", "`: ", 1) if ":param " in line else line for line in told.splitlines()]
    return f"### `{node.name}`\n\n```python\n{head}\n```\n\n" + "\n".join(lines) + "\n"


def page() -> str:
    text = PAGE_HEAD
    for title, nodes in sections():
        text += f"\n## {title[:1].upper()}{title[1:]}\n\n" + "\n".join(described(node) for node in nodes)
    return text


def main() -> int:
    # Compared as programs: `ast` writes quotes and blanks as it pleases from version to version.
    text = HEAD + "\n" + "\n".join(method(node) for node in methods())
    if "--check" in sys.argv:
        same = ast.dump(ast.parse(TARGET.read_text())) == ast.dump(ast.parse(text))
        known = all(f"### `{node.name}`" in PAGE.read_text() for _, nodes in sections() for node in nodes)
        return 0 if same and known else 1
    TARGET.write_text(text)
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
