"""Coordinate releases from Python: plan them, gate them, roll them out step by step, and take a bad one back."""

from __future__ import annotations

import atexit
import getpass
import os
import weakref
from pathlib import Path
from types import TracebackType

from . import _configuration as configure
from ._embedded import Embedded
from ._parts.announcements import Announcements, Occasion, Reaches
from ._parts.base import AnyDeployment, AnyRelease, Grant, Progress, Report
from ._parts.bundles import Bundles
from ._parts.calendar import Calendar
from ._parts.configuration import Configuration
from ._parts.deployments import Deployments
from ._parts.evidence import Evidence
from ._parts.flags import FlagFormat, FlagKind, Flags
from ._parts.gates import Gates
from ._parts.inbound import Inbound
from ._parts.looking import Looking
from ._parts.measures import Measuring
from ._parts.notes import Notes
from ._parts.people import People
from ._parts.plans import Plans
from ._parts.releases import Releases
from ._parts.scope import Scope
from ._parts.secrets import Secrets
from ._parts.webhooks import Webhooks
from ._transport import Transport
from .errors import refused

_open: weakref.WeakSet[ReleaseManager] = weakref.WeakSet()


class _Unset:
    pass


_UNSET = _Unset()


class ReleaseManager(
    Releases, Notes, Plans, Scope, Deployments, Gates, Calendar, Evidence, People, Secrets, Webhooks, Inbound, Flags, Looking,
    Configuration, Measuring, Announcements, Bundles,
):
    """Tidegate, in this process or elsewhere.

    ``ReleaseManager()`` runs a server in this process, with its data in ``.tidegate`` here (where ``tidegate up`` keeps
    it too: if that serves there already, it is used). ``ReleaseManager(home=None)`` keeps everything in a scratch
    directory that is gone, with every service, when it is closed. ``ReleaseManager(url=…, token=…)`` talks to a server
    elsewhere; so does ``ReleaseManager()`` where the variable ``TIDEGATE_SERVER`` names one.

    Rollouts move while a server runs: with one in this process, wait for them (``deployment.wait()``) before it ends.
    Services and the gateway are processes of their own and go on serving.

    Any number of threads may use one manager; whatever waits lets the others run.

    :param home: the data directory of a server in this process; ``None`` for a scratch directory
    :param url: where a server listens, ``http://127.0.0.1:7070``
    :param token: an API token, else the variable ``TIDEGATE_TOKEN``
    :param actor: who asks, for the history; else ``TIDEGATE_ACTOR``, else the name you are logged in with
    :param project: one of the projects that the server has, else the variable ``TIDEGATE_PROJECT``; its first one unless
        given
    :param stop_services: whether services and gateway stop with this process's server; only a scratch directory's do
        unless given
    :param timeout_seconds: how long an answer may take; reading artifacts may take longer
    :param ca_file: certificates to trust, for ``https``
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None | _Unset = _UNSET,
        *,
        url: str | None = None,
        token: str | None = None,
        actor: str | None = None,
        project: str | None = None,
        stop_services: bool | None = None,
        timeout_seconds: float = 30.0,
        ca_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self._embedded: Embedded | None = None
        if url is not None and not isinstance(home, _Unset):
            detail = "a manager runs a server (home) or talks to one (url), not both"
            raise refused("bad-request", detail, "leave out one of the two")
        if url is None and isinstance(home, _Unset):
            url = os.environ.get("TIDEGATE_SERVER") or None
        where = Path.cwd()
        if url is None:
            self._embedded = Embedded(".tidegate" if isinstance(home, _Unset) else home, stop_services)
            url = self._embedded.url
            where = where if home is None else self._embedded.home.parent
        project = project or os.environ.get("TIDEGATE_PROJECT") or None
        self._project = configure.project_name(project or where.name) or "project"
        self._transport = Transport(
            url,
            token=token or os.environ.get("TIDEGATE_TOKEN") or None,
            actor=actor or os.environ.get("TIDEGATE_ACTOR") or _user(),
            project=project,
            timeout_seconds=timeout_seconds,
            ca_file=ca_file,
        )
        _open.add(self)

    # --- its own life

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self._transport.url

    @property
    def home(self) -> Path | None:
        """The data directory, where the server runs on one of this machine's that was named here."""
        return None if self._embedded is None else self._embedded.home

    @property
    def is_embedded(self) -> bool:
        """Whether the server runs in this process."""
        return self._embedded is not None and self._embedded.is_ours

    def close(self) -> None:
        """Stops the server, if it runs in this process. Rollouts stay where they are until it runs again."""
        _open.discard(self)
        self._transport.close()
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> ReleaseManager:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        home = f" on {self.home}" if self.home is not None else ""
        return f"<ReleaseManager {'in this process' if self.is_embedded else 'at'} {self.url}{home}>"

    def _repr_html_(self) -> str:
        from ._display import card, table

        return card("ReleaseManager", repr(self), {}) + table([*self.environments()], ["name", "target", "stage"])


def _user() -> str | None:
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
    fits = 1 <= len(name.strip()) <= 100 and name.isascii() and name.isprintable() and name.strip() != "tidegate"
    return name if fits else None


@atexit.register
def _close_all() -> None:
    for manager in list(_open):
        try:
            manager.close()
        except Exception:  # the interpreter ends: whatever could not be closed ends with it
            continue


__all__ = ["AnyDeployment", "AnyRelease", "FlagFormat", "FlagKind", "Grant", "Occasion", "Progress", "Reaches", "ReleaseManager", "Report"]
