"""The notes that a release keeps: told from their source, edited by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .. import records as r
from .base import AnyRelease, Part, version_of


def _written(given: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it was read, or what the API takes."""
    note = {"words": dict(given["words"])}
    note |= {name: given[name] for name in ("id", "settled") if given.get(name) is not None}
    return note


class Notes(Part):
    """The notes that a release keeps."""

    # --- notes

    def release_notes(self, release: AnyRelease) -> r.ReleaseNotes:
        """All of them, with what their source says where people changed them."""
        return self._of(r.ReleaseNotes, self._transport.get("releases", version_of(release), "notes"))

    def release_notes_text(
        self,
        release: AnyRelease,
        audience: Literal["users", "operators", "support"] | None = None,
        *,
        markdown: bool = True,
    ) -> str:
        """As these readers get them."""
        query = {"format": "markdown" if markdown else "text", "audience": audience}
        return self._transport.text("releases", version_of(release), "notes", query=query)

    def write_release_notes(self, release: AnyRelease, notes: Iterable[Mapping[str, Any]]) -> r.ReleaseNotes:
        """Writes the whole of them, in this order; what is not among them is left out from now on.

        A note is one that was read (:meth:`release_notes`) or ``{"words": {"section": "known-issues", "text": "..."}}``.
        """
        body = {"notes": [_written(note) for note in notes]}
        return self._of(r.ReleaseNotes, self._transport.put("releases", version_of(release), "notes", body=body))

    def renew_release_notes(self, release: AnyRelease, notes: Iterable[Mapping[str, Any]]) -> r.ReleaseNotesRenewed:
        """Tells them again from all that their source says now; what people changed stays.

        A note is ``{"id": "9fceb02a1b2c", "words": {"section": "fixes", "text": "..."}, "pull_requests": ["#12"]}``; its
        ``id`` stays the same as long as its source does. ``tidegate notes --release VERSION --keep`` does this from git.
        """
        body = {"notes": [dict(note) for note in notes]}
        found = self._transport.post("releases", version_of(release), "notes", "renew", body=body)
        return self._of(r.ReleaseNotesRenewed, found)
