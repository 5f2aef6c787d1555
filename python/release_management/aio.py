"""The same manager for asyncio: each method is a coroutine, each stream an async generator.

Its parts are written by `generate.py` from those of the manager. Methods run on threads of their own, so the event loop is never
kept waiting, and what is awaited can be cancelled: what was asked of the server has been asked then.
"""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from . import records as r
from ._aio.announcements import Announcements
from ._aio.bundles import Bundles
from ._aio.calendar import Calendar
from ._aio.configuration import Configuration
from ._aio.deployments import Deployments
from ._aio.evidence import Evidence
from ._aio.flags import Flags
from ._aio.gates import Gates
from ._aio.inbound import Inbound
from ._aio.life import Life
from ._aio.looking import Looking
from ._aio.measures import Measuring
from ._aio.notes import Notes
from ._aio.people import People
from ._aio.plans import Plans
from ._aio.releases import Releases
from ._aio.scope import Scope
from ._aio.secrets import Secrets
from ._aio.webhooks import Webhooks
from ._transport import Stop
from .manager import AnyDeployment, Progress, ReleaseManager

#: Requests at once; streams have threads of their own.
_THREADS = 16


class AsyncReleaseManager(
    Life, Configuration, Releases, Notes, Plans, Scope, Deployments, Gates, Calendar, Evidence, People, Secrets, Webhooks,
    Inbound, Flags, Looking, Measuring, Announcements, Bundles,
):
    """A :class:`ReleaseManager` for asyncio; takes the same arguments.

    Use it with ``async with``, or begin with :meth:`open`. Records that it answers with have methods that wait; from
    coroutines use those of the manager: ``await rm.wait(deployment)``, ``async for rollout in rm.watch(id)``.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._make = functools.partial(ReleaseManager, *args, **options)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="release-management")
        self._manager: ReleaseManager | None = None

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
