"""Who there is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._record import Record


class Person(Record):
    """Somebody, or an account for a program."""

    name: str
    kind: str
    display: str
    grants: list[dict[str, Any]]
    groups: list[str]
    links: list[dict[str, str]]
    disabled: str | None

    def _says(self) -> str:
        roles = ", ".join(grant["role"] for grant in self["grants"])
        return f"{self.name} ({self.kind}){': ' + roles if roles else ''}{', disabled' if self.disabled else ''}"


class Token(Record):
    """What is known of a token; its secret was answered once."""

    id: str
    person: str
    label: str
    expires: datetime
    last_used: datetime | None
    revoked: bool
    valid: bool

    def _says(self) -> str:
        return f"{self.label} of {self.person}, {'valid' if self.valid else 'not valid'}"
