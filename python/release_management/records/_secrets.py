"""Values that nobody sees."""

from __future__ import annotations

from datetime import datetime

from ._record import Record


class Secret(Record):
    """That a secret is set, never its value."""

    name: str
    asked_for: bool
    revision: int | None
    fingerprint: str | None
    set_by: str | None
    set: datetime | None

    def _says(self) -> str:
        return f"{self.name}: {'not set' if self.revision is None else f'revision {self.revision}'}"
