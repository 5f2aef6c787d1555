"""Named, frozen sets of component versions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import records as r
from .base import AnyRelease, milliseconds, present, version_of
from .configuration import Configuration


def artifact_body(given: Any) -> dict[str, Any]:
    if given is None:
        return {"command": True}
    if isinstance(given, Mapping):
        told = dict(given)
        if told.get("path") is not None:
            told["path"] = str(Path(os.fspath(told["path"])).absolute())
        return told
    # The server is another process, perhaps with another working directory.
    return {"path": str(Path(os.fspath(given)).absolute())}


def _commit(given: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(given)
    if "authored" in told:
        told["authored_ms"] = milliseconds(told.pop("authored"))
    return told


class Releases(Configuration):
    """Named, frozen sets of component versions."""

    # --- releases

    def create_release(
        self,
        version: str | None = None,
        components: Iterable[str] | Mapping[str, Any] = (),
        changelog: Iterable[str] = (),
        *,
        bundle: r.Bundle | None = None,
        hotfix: bool = False,
        change: str | None = None,
        commits: Iterable[Mapping[str, Any]] = (),
    ) -> r.Release:
        """Makes a release: a named, frozen set of component versions.

        ``components`` names what each is made of: ``{"api": "build/api"}`` (a directory, ``.tar.gz`` or ``.tar.zst``), or
        just names for programs that are there already. Components that nobody knows yet become known by their names, to
        be completed by :meth:`configure_components`.

        :param bundle: one that was uploaded: its programs are the components, its version is the release's
        :param commits: what is new in it, for lead times: ``{"id": "9fceb02", "authored": datetime(...), "pull_request": "#12"}``
        """
        if version is None:
            if bundle is None:
                raise TypeError("a release needs a version, or a bundle that has one")
            version = bundle.version
        wanted = dict(components) if isinstance(components, Mapping) else dict.fromkeys(components)
        known = self.catalog()["components"]
        if new := {name: None for name in wanted if name not in known}:
            self.configure_components(new)
        body: dict[str, Any] = {
            "version": version,
            "kind": "hotfix" if hotfix else "planned",
            "components": {name: artifact_body(given) for name, given in wanted.items()},
            "notes": [changelog] if isinstance(changelog, str) else list(changelog),
        }
        if bundle is not None:
            body["bundle"] = bundle.digest
        if listed := [_commit(commit) for commit in commits]:
            body["commits"] = listed
        release = self._of(r.Release, self._transport.post("releases", body=body))
        return release if change is None else self.set_change(version, change)

    def complete_release(self, release: AnyRelease, components: Mapping[str, Any]) -> r.Release:
        """Gives components that were only named their artifacts, as long as the release has been nowhere.

        What people said at gates was about what would have gone out before, and no longer counts.
        """
        stands = self.release(version_of(release))
        return self.create_release(
            stands.version, components, stands.notes, hotfix=bool(stands["kind"] == "hotfix")
        )

    def releases(self, limit: int | None = None) -> r.Records[r.Release]:
        """The newest change first."""
        return self._pages(r.Release, ("releases",), {}, limit)

    def release(self, version: str) -> r.Release:
        """One release: what it holds, and where it stands."""
        return self._of(r.Release, self._transport.get("releases", version))

    def set_change(self, version: str, change: str) -> r.Release:
        """How much consent it needs: ``standard``, ``normal`` or ``emergency``."""
        return self._of(r.Release, self._transport.put("releases", version, "change", body={"change": change}))

    def allow(self, version: str, environment: str) -> r.Release:
        """Lifts the bar that a rollback left: automation may bring the release there once more."""
        body = {"environment": environment}
        return self._of(r.Release, self._transport.post("releases", version, "allow", body=body))
