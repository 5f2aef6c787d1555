"""Coordinate releases from Python.

    from release_management import ReleaseManager

    with ReleaseManager() as rm:
        rm.configure_environments({"staging": {}, "production": {}})
        rm.setup_release_pipeline("Main Release Pipeline")
        rm.configure_components({"api": {"run": ["./server"], "routes": {"production": "127.0.0.1:8080"}}})
        rm.create_release("2.1.0", {"api": "build/api"}, ["New dashboard"])
        rm.deploy("2.1.0", "production").wait(progress=print)

``ReleaseManager()`` runs Tidegate in this process; ``ReleaseManager(url=…, token=…)`` talks to a server. Both do the same.
:class:`AsyncReleaseManager` has the same methods as coroutines. What is refused raises :class:`Refused` with a ``code``
and the next step (``help``); what fails outside raises :class:`Fault`.
"""

from __future__ import annotations

from . import _native, errors, records
from .aio import AsyncReleaseManager
from .errors import Fault, Refused, TidegateError, TimedOut
from .manager import ReleaseManager
from .records import (
    Deployment,
    Environment,
    Gates,
    PlannedDeployment,
    Record,
    Records,
    Release,
    Rollout,
)

__version__: str = _native.version

__all__ = [
    "AsyncReleaseManager",
    "Deployment",
    "Environment",
    "Fault",
    "Gates",
    "PlannedDeployment",
    "Record",
    "Records",
    "Refused",
    "Release",
    "ReleaseManager",
    "Rollout",
    "TidegateError",
    "TimedOut",
    "__version__",
    "errors",
    "records",
]
