"""What people are told of a release, whom, by which ways, and what they say for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from .. import records as r
from ..manager import AnyRelease, Occasion, Reaches
from ._base import Base


class Announcements(Base):
    """What people are told of a release, whom, by which ways, and what they say."""

    async def announce(self, release: AnyRelease, occasion: Occasion, audience: str, *, at: datetime | None=None, when: Reaches | None=None, step: int | None=None, environment: str | None=None, starts: datetime | None=None, downtime: timedelta | None=None, note: str='', subject: str | None=None, text: str | None=None) -> r.Announcement:
        """Tells an audience of a release: now, at a time, or when a rollout in ``environment`` does what ``when`` says."""
        return await self._run(self.manager.announce, release, occasion, audience, at=at, when=when, step=step, environment=environment, starts=starts, downtime=downtime, note=note, subject=subject, text=text)

    async def schedule_announcements(self, release: AnyRelease, audience: str, environment: str, *, at: datetime | None=None, starts: datetime | None=None, downtime: timedelta | None=None, note: str='') -> r.Records[r.Announcement]:
        """Arranges the four announcements of a rollout: its schedule, that it is on its way, that it is out, that it went back."""
        return await self._run(self.manager.schedule_announcements, release, audience, environment, at=at, starts=starts, downtime=downtime, note=note)

    async def announcements(self, release: AnyRelease | None=None) -> r.Records[r.Announcement]:
        """What was told and what is planned, newest first; of one release, or of all."""
        return await self._run(self.manager.announcements, release)

    async def announcement(self, id: str) -> r.Announcement:
        """One announcement, with its words as they went out, or as they would now."""
        return await self._run(self.manager.announcement, id)

    async def cancel_announcement(self, id: str, reason: str | None=None) -> r.Announcement:
        """Keeps back what has not gone out."""
        return await self._run(self.manager.cancel_announcement, id, reason)

    async def announce_again(self, id: str, delivery: str | None=None) -> int:
        """Sends one delivery again, or all that were given up; answers how many."""
        return await self._run(self.manager.announce_again, id, delivery)

    async def announcement_deliveries(self, id: str, state: str | None=None) -> r.Records[r.AnnouncementDelivery]:
        """To whom it goes, how often that was tried, and what came of it: ``waiting``, ``delivered`` or ``dead``."""
        return await self._run(self.manager.announcement_deliveries, id, state)

    async def announcement_templates(self) -> r.Records[r.AnnouncementTemplate]:
        """The words of each occasion."""
        return await self._run(self.manager.announcement_templates)

    async def set_announcement_template(self, occasion: Occasion, subject: str, text: str) -> r.AnnouncementTemplate:
        """Sets the words of an occasion; they are tried before they are taken."""
        return await self._run(self.manager.set_announcement_template, occasion, subject, text)

    async def reset_announcement_template(self, occasion: Occasion) -> r.AnnouncementTemplate:
        """Goes back to the words that came with Tidegate."""
        return await self._run(self.manager.reset_announcement_template, occasion)

    async def preview_announcement(self, occasion: Occasion, release: AnyRelease | None=None, *, subject: str | None=None, text: str | None=None) -> r.AnnouncementPreview:
        """How words would read, filled in from a release or an example; nothing is sent."""
        return await self._run(self.manager.preview_announcement, occasion, release, subject=subject, text=text)

    async def feedback(self, release: AnyRelease) -> r.Feedback:
        """What users said about a release, counted."""
        return await self._run(self.manager.feedback, release)

    async def list_feedback(self, release: AnyRelease | None=None, rating: int | None=None, *, limit: int | None=None) -> r.Records[r.FeedbackAnswer]:
        """Every answer by itself, newest first; of one release or of all, of one rating or of any."""
        return await self._run(self.manager.list_feedback, release, rating, limit=limit)

    async def release_outcome(self, release: AnyRelease) -> r.ReleaseOutcome:
        """How a release went: its deployments as the measures count them, its incidents, and what users say."""
        return await self._run(self.manager.release_outcome, release)

    async def add_feedback(self, release: AnyRelease, rating: int, text: str='') -> r.Feedback:
        """Brings what a user said: 1 (bad) to 5 (good), and a few words."""
        return await self._run(self.manager.add_feedback, release, rating, text)

    async def channels(self) -> r.Records[r.Channel]:
        """By which ways announcements reach people."""
        return await self._run(self.manager.channels)

    async def channel(self, name: str) -> r.Channel:
        """One channel."""
        return await self._run(self.manager.channel, name)

    async def set_mail_channel(self, name: str, host: str, sender: str, *, port: int=587, security: Literal['tls', 'start-tls', 'plain-to-loopback', 'plain']='start-tls', sender_name: str | None=None, user: str | None=None, password: str | None=None) -> r.Channel:
        """A mail server. The password is never shown again; one that was kept stays unless it is given."""
        return await self._run(self.manager.set_mail_channel, name, host, sender, port=port, security=security, sender_name=sender_name, user=user, password=password)

    async def set_room_channel(self, name: str, kind: Literal['slack', 'teams', 'webhook'], url: str | None=None) -> tuple[r.Channel, str | None]:
        """A room of Slack or Teams, or any receiver, with the secret of a new webhook, which is never shown again."""
        return await self._run(self.manager.set_room_channel, name, kind, url)

    async def set_page_channel(self, name: str, title: str, *, mail: str | None=None, url: str | None=None) -> r.Channel:
        """The public page; readers subscribe by the channel of mail that it names."""
        return await self._run(self.manager.set_page_channel, name, title, mail=mail, url=url)

    async def test_channel(self, name: str, to: str | None=None) -> r.ChannelTested:
        """Tries a channel now, and says what came of it; by mail with a letter ``to`` somebody, else by signing in alone."""
        return await self._run(self.manager.test_channel, name, to)

    async def remove_channel(self, name: str) -> None:
        """Removes a channel that nothing uses."""
        return await self._run(self.manager.remove_channel, name)

    async def audiences(self) -> r.Records[r.Audience]:
        """Whom announcements are for."""
        return await self._run(self.manager.audiences)

    async def set_audience(self, name: str, channels: Iterable[str], addresses: Iterable[str]=()) -> r.Audience:
        """Sets by which channels an audience is reached, and who is written to by mail."""
        return await self._run(self.manager.set_audience, name, channels, addresses)

    async def remove_audience(self, name: str) -> None:
        """Removes an audience, and forgets its addresses."""
        return await self._run(self.manager.remove_audience, name)

    async def subscribers(self) -> r.Records[r.Subscriber]:
        """Who reads the public page by mail."""
        return await self._run(self.manager.subscribers)

    async def remove_subscriber(self, id: str) -> None:
        """Takes somebody off the list, and forgets their address."""
        return await self._run(self.manager.remove_subscriber, id)
