"""Feature flags in this process: evaluated in memory, followed as they change.

    from release_management.flags import FlagClient

    with FlagClient("http://127.0.0.1:7070", key="tdk_…") as flags:
        flags.ready()
        if flags.boolean("new-checkout", False, "ann", plan="gold"):
            ...

Asking never waits and never raises: on every error it answers your default. :class:`Provider` is the same for
`openfeature-sdk` (``pip install 'release-management[openfeature]'``).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _native
from .errors import TimedOut, refused

if TYPE_CHECKING:
    from ._openfeature import Provider

_T = TypeVar("_T")
_log = logging.getLogger("release_management.flags")
#: How long a thread that tells of changes may not notice that nobody listens any more.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Evaluation(Generic[_T]):
    """A value, and how it came about, in OpenFeature's words."""

    key: str
    value: _T
    #: None where your default holds.
    variant: str | None
    #: ``STATIC``, ``TARGETING_MATCH``, ``DEFAULT``, ``DISABLED`` or ``ERROR``
    reason: str
    #: ``FLAG_NOT_FOUND``, ``TYPE_MISMATCH`` …
    error: str | None = None
    #: For people: what is wrong.
    message: str | None = None
    #: The flag's over the set's; ``stale`` and ``staleSeconds`` where it may be old.
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What became another since it was last told."""

    #: Flags that are defined in another way, that are new, or that are gone.
    flags: tuple[str, ...]
    #: Whether what is known may be old.
    stale: bool


class FlagClient:
    """Flags of one environment, from a server or its edges. Any number of threads may use one.

    It follows on a thread of its own, from the moment it is made; :meth:`ready` waits until there is something to ask
    for. A process that forks makes its clients afterwards: a child that has its parent's goes on with what was known, and
    :meth:`stale_for` says so.

    :param url: of a server or an edge, or several that serve the same environment: where one is gone, the next is followed
    :param key: a server key (``tdk_…``), else the variable ``TIDEGATE_FLAG_KEY``
    :param file: where a copy is kept, so that a start during an outage knows something; each environment its own
    :param reports: whether it is reported which variants were given, so that these flags do not look unused
    """

    def __init__(
        self,
        url: str | Sequence[str],
        key: str | None = None,
        *,
        file: str | os.PathLike[str] | None = None,
        reports: bool = True,
    ) -> None:
        addresses = [url] if isinstance(url, str) else list(url)
        given = key or os.environ.get("TIDEGATE_FLAG_KEY") or ""
        try:
            self._flags = _native.Flags(addresses, given, file, reports)
        except ValueError as error:
            help = "make a key: `tidegate flag keys create --env ENVIRONMENT --kind server`"
            raise refused("bad-request", str(error), help) from None
        self._listeners: list[Callable[[Change], None]] = []
        self._lock = threading.Lock()
        self._telling: threading.Thread | None = None
        self._closed = threading.Event()

    # --- its own life

    def ready(self, within: float = 10.0) -> FlagClient:
        """Waits until there are flags to ask for, and answers itself; :class:`TimedOut` after so many seconds.

        What an earlier start kept in ``file`` is there at once.
        """
        why = self._flags.wait_ready(within)
        if why is not None:
            detail = f"no flags were learnt within {within:g} s{f': {why}' if why else ''}"
            raise TimedOut(detail, help="until then everybody gets their default; it goes on trying")
        return self

    @property
    def is_ready(self) -> bool:
        """Whether there are flags to ask for."""
        return self._flags.is_ready()

    def stale_for(self) -> float | None:
        """For how many seconds it has not been known that nothing newer is there; None while all is well."""
        return self._flags.stale_for()

    @property
    def trouble(self) -> str | None:
        """What is in the way of learning, for people; None while all is well."""
        return self._flags.trouble()

    def outcome(self, key: str, variant: str, ok: bool, seconds: float = 0.0) -> None:
        """How one request went for whom the flag gave this variant, and how long it took.

        Counted here and told every few seconds, so that a rollout that shows the flag is judged by it. ``seconds`` is left
        out for every variant, or given for all of them.
        """
        self._flags.outcome(key, variant, ok, seconds)

    def close(self) -> None:
        """Reports a last time and follows no longer. What is known can still be asked for."""
        self._closed.set()
        self._flags.stop()

    def __enter__(self) -> FlagClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        since = self.stale_for()
        return f"<FlagClient {'up to date' if since is None else f'stale for {since:.0f} s'}>"

    # --- asking

    def boolean(self, key: str, default: bool, subject: str | None = None, /, **attributes: Any) -> bool:
        """A switch, for somebody with these attributes."""
        return bool(self._flags.value((key, "boolean"), default, subject, attributes))

    def string(self, key: str, default: str, subject: str | None = None, /, **attributes: Any) -> str:
        """A text."""
        value: str = self._flags.value((key, "string"), default, subject, attributes)
        return value

    def number(self, key: str, default: float, subject: str | None = None, /, **attributes: Any) -> float:
        """A number, whole or not, as it is written."""
        value: float = self._flags.value((key, "number"), default, subject, attributes)
        return value

    def object(self, key: str, default: _T, subject: str | None = None, /, **attributes: Any) -> Any | _T:
        """A mapping or a list."""
        return self._flags.value((key, "object"), default, subject, attributes)

    def details(self, key: str, default: _T, subject: str | None = None, /, **attributes: Any) -> Evaluation[_T]:
        """A value of the default's type, and how it came about; with None as default, of any type."""
        return self.evaluate(key, _kind_of(default), default, subject, attributes)

    def evaluate(
        self, key: str, kind: str, default: _T, subject: str | None, attributes: Mapping[str, Any]
    ) -> Evaluation[_T]:
        """As :meth:`details`, with a mapping of attributes, and a kind: ``boolean``, ``string``, ``integer``, ``float``,
        ``number``, ``object`` or ``any``."""
        return Evaluation(key, *self._flags.details((key, kind), default, subject, dict(attributes)))

    # --- changes

    def on_change(self, tell: Callable[[Change], None]) -> Callable[[], None]:
        """Calls ``tell`` after each change from now on, on a thread of its own; answers how to end that.

        What a schedule or a rule that looks at the time changes is not told.
        """
        with self._lock:
            self._listeners.append(tell)
            if self._telling is None:
                changes = self._flags.changes()
                self._telling = threading.Thread(target=self._tell, args=(changes,), daemon=True, name="flag-changes")
                self._telling.start()

        def end() -> None:
            with self._lock:
                if tell in self._listeners:
                    self._listeners.remove(tell)

        return end

    def _tell(self, changes: _native.FlagChanges) -> None:
        while not self._closed.is_set():
            found = changes.wait(_LOOK_SECONDS)
            if found is None:
                continue
            flags, stale = found
            with self._lock:
                listeners = list(self._listeners)
            for listener in listeners:
                try:
                    listener(Change(tuple(flags), stale))
                except Exception:
                    _log.exception("a listener of flag changes failed")


def _kind_of(default: object) -> str:
    match default:
        case None:
            return "any"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case _:
            return "object"


def __getattr__(name: str) -> Any:
    if name != "Provider":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from ._openfeature import Provider
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "openfeature":
            raise
        detail = "the provider needs openfeature-sdk: pip install 'release-management[openfeature]'"
        raise ImportError(detail, name="openfeature") from None
    return Provider


__all__ = ["Change", "Evaluation", "FlagClient", "Provider"]
