"""What every record is: a read-only mapping whose fields are attributes too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar, overload

from .. import _display
from ..errors import class_of

if TYPE_CHECKING:
    from ..manager import ReleaseManager

T = TypeVar("T")


class Record(Mapping[str, Any]):
    """A read-only mapping whose keys are attributes too."""

    _nested: ClassVar[Mapping[str, type[Record]]] = {}
    #: Fields that hold records by name, rather than one record.
    _by_name: ClassVar[frozenset[str]] = frozenset()
    __slots__ = ("_data", "_manager")

    def __init__(self, data: Mapping[str, Any], manager: ReleaseManager | None = None) -> None:
        self._data = dict(data)
        self._manager = manager

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        data = self._data
        name = name.removesuffix("_")  # `from` is a word of Python's
        if name in data:
            return self._wrapped(name, data[name])
        if f"{name}_ms" in data:
            milliseconds = data[f"{name}_ms"]
            return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(data)}")

    def _wrapped(self, name: str, value: Any) -> Any:
        kind = self._nested.get(name)
        if kind is None or value is None:
            return value
        if isinstance(value, list):
            return Records(kind(item, self._manager) for item in value)
        if name in self._by_name:
            return {key: kind(item, self._manager) for key, item in value.items()}
        return kind(value, self._manager)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash((type(self).__name__, repr(sorted(self._data.items(), key=lambda item: item[0]))))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._data})

    def __reduce__(self) -> tuple[Any, ...]:
        # What was said can be kept; the connection to who said it cannot.
        return type(self), (self._data,)

    def as_dict(self) -> dict[str, Any]:
        """What the server said."""
        return dict(self._data)

    def _says(self) -> str:
        """One line about it, for people."""
        return ", ".join(f"{key}={value!r}" for key, value in self._data.items() if not isinstance(value, list | dict))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._says()}>"

    def _repr_html_(self) -> str:
        return _display.card(type(self).__name__, self._says(), self._data)

    def _who(self) -> ReleaseManager:
        if self._manager is None:
            raise class_of("no-manager")(
                "this record is no longer connected to a ReleaseManager",
                help="ask the manager for it again, for example rm.rollout(record.id)",
            )
        return self._manager


class Records(list[T]):
    """A list that shows itself as a table, and that pandas takes."""

    @overload
    def __getitem__(self, key: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> Records[T]: ...
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Records(found) if isinstance(key, slice) else found

    def _repr_html_(self) -> str:
        return _display.table([item for item in self if isinstance(item, Mapping)])
