"""What people are told of a release, by which ways, and what they say."""

from __future__ import annotations

from datetime import datetime

from ._measures import Incident, MeasureRow, Spread
from ._record import Record, Records


class Announcement(Record):
    """What an audience is told of a release."""

    id: str
    release: str
    occasion: str
    audience: str
    state: str
    #: The plan that asks for it, and its entry there; None where people arranged it.
    plan: str | None
    entry: str | None
    after_minutes: int | None
    environment: str | None
    planned: datetime
    told: datetime | None
    subject: str
    text: str
    url: str | None
    cancelled: str | None
    deliveries: int
    delivered: int
    waiting: int
    dead: int

    def _says(self) -> str:
        return f"{self.occasion} of {self.release} to {self.audience} ({self.state}): {self.delivered} of {self.deliveries} arrived"


class AnnouncementDelivery(Record):
    """One letter to one recipient, or one message to one room."""

    id: str
    announcement: str
    channel: str
    recipient: str
    state: str
    attempts: int
    attempted: datetime | None
    next: datetime | None
    said: str | None

    def _says(self) -> str:
        return f"to {self.recipient} by {self.channel}: {self.state} after {self.attempts} attempts"


class AnnouncementTemplate(Record):
    """The words of an occasion."""

    occasion: str
    subject: str
    text: str
    own: bool

    def _says(self) -> str:
        return f"{self.occasion}: {self.subject}"


class AnnouncementPreview(Record):
    """How words would read."""

    subject: str
    text: str
    html: str
    names: list[str]

    def _says(self) -> str:
        return self.subject


class Channel(Record):
    """A way by which announcements reach people."""

    name: str
    kind: str
    host: str | None
    url: str | None
    waiting: int
    dead: int
    failure: str | None

    def _says(self) -> str:
        return f"{self.name} ({self.kind}): {self.waiting} waiting, {self.dead} given up"


class ChannelTested(Record):
    """What one message led to."""

    ok: bool
    said: str
    duration_ms: int

    def _says(self) -> str:
        return f"{'ok' if self.ok else 'failed'}: {self.said}"


class Audience(Record):
    """Whom announcements are for."""

    name: str
    channels: list[str]
    addresses: list[str]

    def _says(self) -> str:
        return f"{self.name} by {', '.join(self.channels)}, {len(self.addresses)} addresses"


class Subscriber(Record):
    """A reader of the public page by mail."""

    id: str
    address: str
    state: str
    asked: datetime
    confirmed: datetime | None

    def _says(self) -> str:
        return f"{self.address} ({self.state})"


class FeedbackAnswer(Record):
    """What one user said."""

    id: str
    release: str
    announcement: str | None
    rating: int
    text: str
    at: datetime

    def _says(self) -> str:
        return f"{self.rating}: {self.text}"


class Feedback(Record):
    """What users said about a release."""

    _nested = {"answers": FeedbackAnswer}
    release: str
    count: int
    average: float | None
    ratings: list[int]
    answers: Records[FeedbackAnswer]

    def _says(self) -> str:
        return f"{self.release}: {self.average} of 5 from {self.count} answers"


class ReleaseOutcome(Record):
    """How a release went: its deployments to users, its incidents, and what users say."""

    _nested = {
        "deployments": MeasureRow,
        "lead_of_commits": Spread,
        "recovery": Spread,
        "incidents": Incident,
        "feedback": Feedback,
    }
    release: str
    deployments: Records[MeasureRow]
    failed: int
    rolled_back: int
    lead_of_commits: Spread | None
    recovery: Spread | None
    incidents: Records[Incident]
    feedback: Feedback

    def _says(self) -> str:
        return (
            f"{self.release}: {len(self.deployments)} deployments, {self.failed} failed, {self.rolled_back} rolled back, "
            f"{len(self.incidents)} incidents, {self.feedback.count} answers"
        )
