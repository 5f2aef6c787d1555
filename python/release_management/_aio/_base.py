"""What every part of the manager for asyncio stands on: threads that wait, so that the event loop does not."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from .._transport import Stop
from ..manager import ReleaseManager

_T = TypeVar("_T")


class Base:
    """Asks the manager that waits, on threads of its own."""

    _manager: ReleaseManager | None
    _threads: ThreadPoolExecutor

    @property
    def manager(self) -> ReleaseManager:
        """The manager that waits."""
        if self._manager is None:
            raise RuntimeError("use `async with AsyncReleaseManager(...) as rm`, or `await rm.open()` first")
        return self._manager

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
