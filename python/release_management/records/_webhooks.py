"""Who outside is told of events."""

from __future__ import annotations

from datetime import datetime

from ._record import Record


class Webhook(Record):
    """A receiver outside that is told of events."""

    name: str
    host: str
    events: list[str]
    format: str
    waiting: int
    dead: int

    def _says(self) -> str:
        state = "off" if self._data.get("disabled") else "on"
        return f"{self.name} to {self.host} ({state}): {self.waiting} waiting, {self.dead} given up"


class Delivery(Record):
    """One message to one receiver."""

    id: str
    webhook: str
    position: int
    kind: str
    state: str
    attempts: int
    attempted: datetime | None
    next: datetime | None
    status: int | None
    failure: str | None

    def _says(self) -> str:
        return f"{self.kind} to {self.webhook}: {self.state} after {self.attempts} attempts"


class WebhookTested(Record):
    """What one message to a receiver led to."""

    ok: bool
    status: int | None
    said: str | None
    failure: str | None
    duration_ms: int

    def _says(self) -> str:
        return f"{'ok' if self.ok else 'failed'}: {self.status if self.failure is None else self.failure}"
