"""What every part of the manager stands on.

The parts are by noun, one file each; `ReleaseManager` is all of them. Not here: what a method asks for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from .. import records as r
from .._transport import Transport

if TYPE_CHECKING:
    from ..manager import ReleaseManager

#: What is called with a rollout each time it changed.
Progress: TypeAlias = Callable[[r.Rollout], None]
#: A release, or its version.
AnyRelease: TypeAlias = "r.Release | str"
#: What can be waited for.
AnyDeployment: TypeAlias = "r.Deployment | r.Rollout | str | Iterable[str]"
#: A path, the content of a report, or a report that `json` can write.
Report: TypeAlias = "str | os.PathLike[str] | bytes | Mapping[str, Any]"
#: A role, or a role with the environment and project that it is for.
Grant: TypeAlias = "str | Mapping[str, Any]"

_R = TypeVar("_R", bound="r.Record")
_PAGE = 500


class Part:
    """Asks, and answers with records that know whom to ask further."""

    _transport: Transport
    #: What a configuration is called where there is none yet.
    _project: str

    def _of(self, kind: type[_R], data: Mapping[str, Any]) -> _R:
        return kind(data, cast("ReleaseManager", self))

    def _with_secret(self, kind: type[_R], name: str, answer: Mapping[str, Any]) -> tuple[_R, str]:
        """What was made, and its secret, which is shown this once."""
        return self._of(kind, answer[name]), str(answer["secret"])

    def _list(self, kind: type[_R], path: tuple[str, ...], query: Mapping[str, Any]) -> r.Records[_R]:
        page = self._transport.get(*path, query=query)
        return r.Records(self._of(kind, item) for item in page["items"])

    def _pages(
        self, kind: type[_R], path: tuple[str, ...], query: Mapping[str, Any], limit: int | None
    ) -> r.Records[_R]:
        """Page after page; what changes meanwhile moves to the front, and is not shown twice."""
        found: r.Records[_R] = r.Records()
        seen: set[str] = set()
        before = None
        while True:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = self._transport.get(*path, query={**query, "before": before, "limit": size})
            for item in page["items"]:
                name = str(item.get("id") or item.get("version"))
                if name not in seen:
                    seen.add(name)
                    found.append(self._of(kind, item))
            before = page["next"]
            if before is None or (limit is not None and len(found) >= limit):
                return found if limit is None else found[:limit]


def version_of(release: AnyRelease) -> str:
    return release if isinstance(release, str) else str(release["version"])


def milliseconds(at: datetime) -> int:
    """Since 1970; a time without a zone is this machine's."""
    return round(at.timestamp() * 1000)


def present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
