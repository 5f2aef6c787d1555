"""Other systems that tell us what happened there."""

from __future__ import annotations

from datetime import datetime

from ._record import Record, Records


class Firing(Record):
    """An alert that fires now."""

    says: str
    environment: str | None
    component: str | None
    severity: str | None
    since: datetime


class Inbound(Record):
    """Another system that deliveries are taken from."""

    _nested = {"firing": Firing}
    name: str
    kind: str
    on_alert: str
    url: str
    received: int
    last: datetime | None
    firing: Records[Firing]

    def _says(self) -> str:
        return f"{self.name} ({self.kind}), {self.received} received"
