"""What people are told of a release, whom, by which ways, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from .. import records as r
from .base import AnyRelease, Part, present, version_of

#: What an announcement is about.
Occasion: TypeAlias = Literal["schedule", "progress", "confirmation", "rollback", "feedback"]
#: What a rollout does.
Reaches: TypeAlias = Literal["start", "step", "success", "rollback"]


class Announcements(Part):
    """What people are told of a release, whom, by which ways, and what they say."""

    # --- announcements

    def announce(
        self,
        release: AnyRelease,
        occasion: Occasion,
        audience: str,
        *,
        at: datetime | None = None,
        when: Reaches | None = None,
        step: int | None = None,
        environment: str | None = None,
        starts: datetime | None = None,
        downtime: timedelta | None = None,
        note: str = "",
        subject: str | None = None,
        text: str | None = None,
    ) -> r.Announcement:
        """Tells an audience of a release: now, at a time, or when a rollout in ``environment`` does what ``when`` says.

        ``subject`` and ``text`` stand instead of the occasion's template. Each whom it is for is told once, also when the
        server is killed.
        """
        body = present(
            release=version_of(release),
            occasion=occasion,
            audience=audience,
            at_ms=None if at is None else _ms(at),
            when=None if when is None else present(environment=environment, reaches=when, step=step),
            environment=None if when is not None else environment,
            starts_ms=None if starts is None else _ms(starts),
            downtime_minutes=None if downtime is None else _minutes(downtime),
            note=note,
            subject=subject,
            text=text,
        )
        return self._of(r.Announcement, self._transport.post("announcements", body=body))

    def schedule_announcements(
        self,
        release: AnyRelease,
        audience: str,
        environment: str,
        *,
        at: datetime | None = None,
        starts: datetime | None = None,
        downtime: timedelta | None = None,
        note: str = "",
    ) -> r.Records[r.Announcement]:
        """Arranges the four announcements of a rollout: its schedule, that it is on its way, that it is out, that it went back.

        The first is told at ``at`` or now, the others when the next rollout of the release in ``environment`` comes so far. When
        the change is expected and how long nothing answers is as the release's plan says, where it is not given. Asked for again,
        what still waits stays as it is.
        """
        body = present(
            release=version_of(release),
            audience=audience,
            environment=environment,
            at_ms=None if at is None else _ms(at),
            starts_ms=None if starts is None else _ms(starts),
            downtime_minutes=None if downtime is None else _minutes(downtime),
            note=note,
        )
        answer = self._transport.post("announcement-schedules", body=body)
        return r.Records(self._of(r.Announcement, item) for item in answer["items"])

    def announcements(self, release: AnyRelease | None = None) -> r.Records[r.Announcement]:
        """What was told and what is planned, newest first; of one release, or of all."""
        version = None if release is None else version_of(release)
        return self._list(r.Announcement, ("announcements",), {"release": version})

    def announcement(self, id: str) -> r.Announcement:
        """One announcement, with its words as they went out, or as they would now."""
        return self._of(r.Announcement, self._transport.get("announcements", id))

    def cancel_announcement(self, id: str, reason: str | None = None) -> r.Announcement:
        """Keeps back what has not gone out."""
        body = present(reason=reason)
        return self._of(r.Announcement, self._transport.post("announcements", id, "cancel", body=body))

    def announce_again(self, id: str, delivery: str | None = None) -> int:
        """Sends one delivery again, or all that were given up; answers how many."""
        body = present(delivery=delivery)
        return int(self._transport.post("announcements", id, "again", body=body)["deliveries"])

    def announcement_deliveries(self, id: str, state: str | None = None) -> r.Records[r.AnnouncementDelivery]:
        """To whom it goes, how often that was tried, and what came of it: ``waiting``, ``delivered`` or ``dead``."""
        return self._list(r.AnnouncementDelivery, ("announcements", id, "deliveries"), {"state": state})

    def announcement_templates(self) -> r.Records[r.AnnouncementTemplate]:
        """The words of each occasion."""
        return self._list(r.AnnouncementTemplate, ("announcement-templates",), {})

    def set_announcement_template(self, occasion: Occasion, subject: str, text: str) -> r.AnnouncementTemplate:
        """Sets the words of an occasion; they are tried before they are taken."""
        body = {"subject": subject, "text": text}
        return self._of(r.AnnouncementTemplate, self._transport.put("announcement-templates", occasion, body=body))

    def reset_announcement_template(self, occasion: Occasion) -> r.AnnouncementTemplate:
        """Goes back to the words that came with Tidegate."""
        return self._of(r.AnnouncementTemplate, self._transport.delete("announcement-templates", occasion))

    def preview_announcement(
        self,
        occasion: Occasion,
        release: AnyRelease | None = None,
        *,
        subject: str | None = None,
        text: str | None = None,
    ) -> r.AnnouncementPreview:
        """How words would read, filled in from a release or an example; nothing is sent."""
        version = None if release is None else version_of(release)
        body = present(occasion=occasion, release=version, subject=subject, text=text)
        return self._of(r.AnnouncementPreview, self._transport.post("announcement-templates", "preview", body=body))

    def feedback(self, release: AnyRelease) -> r.Feedback:
        """What users said about a release, counted."""
        return self._of(r.Feedback, self._transport.get("releases", version_of(release), "feedback"))

    def list_feedback(
        self, release: AnyRelease | None = None, rating: int | None = None, *, limit: int | None = None
    ) -> r.Records[r.FeedbackAnswer]:
        """Every answer by itself, newest first; of one release or of all, of one rating or of any."""
        version = None if release is None else version_of(release)
        return self._pages(r.FeedbackAnswer, ("feedback",), {"release": version, "rating": rating}, limit)

    def release_outcome(self, release: AnyRelease) -> r.ReleaseOutcome:
        """How a release went: its deployments as the measures count them, its incidents, and what users say."""
        return self._of(r.ReleaseOutcome, self._transport.get("releases", version_of(release), "outcome"))

    def add_feedback(self, release: AnyRelease, rating: int, text: str = "") -> r.Feedback:
        """Brings what a user said: 1 (bad) to 5 (good), and a few words."""
        body = {"rating": rating, "text": text}
        return self._of(r.Feedback, self._transport.post("releases", version_of(release), "feedback", body=body))

    # --- channels

    def channels(self) -> r.Records[r.Channel]:
        """By which ways announcements reach people."""
        return self._list(r.Channel, ("channels",), {})

    def channel(self, name: str) -> r.Channel:
        """One channel."""
        return self._of(r.Channel, self._transport.get("channels", name))

    def set_mail_channel(
        self,
        name: str,
        host: str,
        sender: str,
        *,
        port: int = 587,
        security: Literal["tls", "start-tls", "plain-to-loopback", "plain"] = "start-tls",
        sender_name: str | None = None,
        user: str | None = None,
        password: str | None = None,
    ) -> r.Channel:
        """A mail server. The password is never shown again; one that was kept stays unless it is given."""
        settings = present(host=host, port=port, security=security, user=user, from_name=sender_name)
        settings["from"] = sender
        return self._set_channel(name, present(kind="mail", mail=settings, password=password))[0]

    def set_room_channel(
        self, name: str, kind: Literal["slack", "teams", "webhook"], url: str | None = None
    ) -> tuple[r.Channel, str | None]:
        """A room of Slack or Teams, or any receiver, with the secret of a new webhook, which is never shown again.

        So is the address; one that was kept stays unless it is given.
        """
        return self._set_channel(name, present(kind=kind, url=url))

    def set_page_channel(
        self, name: str, title: str, *, mail: str | None = None, url: str | None = None
    ) -> r.Channel:
        """The public page; readers subscribe by the channel of mail that it names."""
        return self._set_channel(name, {"kind": "page", "page": present(title=title, mail=mail, url=url)})[0]

    def test_channel(self, name: str, to: str | None = None) -> r.ChannelTested:
        """Tries a channel now, and says what came of it; by mail with a letter ``to`` somebody, else by signing in alone."""
        return self._of(r.ChannelTested, self._transport.post("channels", name, "test", body=present(address=to)))

    def remove_channel(self, name: str) -> None:
        """Removes a channel that nothing uses."""
        self._transport.delete("channels", name)

    def audiences(self) -> r.Records[r.Audience]:
        """Whom announcements are for."""
        return self._list(r.Audience, ("audiences",), {})

    def set_audience(self, name: str, channels: Iterable[str], addresses: Iterable[str] = ()) -> r.Audience:
        """Sets by which channels an audience is reached, and who is written to by mail."""
        body = {"channels": list(channels), "addresses": list(addresses)}
        return self._of(r.Audience, self._transport.put("audiences", name, body=body))

    def remove_audience(self, name: str) -> None:
        """Removes an audience, and forgets its addresses."""
        self._transport.delete("audiences", name)

    def subscribers(self) -> r.Records[r.Subscriber]:
        """Who reads the public page by mail."""
        return self._list(r.Subscriber, ("subscribers",), {})

    def remove_subscriber(self, id: str) -> None:
        """Takes somebody off the list, and forgets their address."""
        self._transport.delete("subscribers", id)

    def _set_channel(self, name: str, body: Mapping[str, Any]) -> tuple[r.Channel, str | None]:
        answer = self._transport.put("channels", name, body=body)
        secret = answer.get("secret")
        return self._of(r.Channel, answer["channel"]), None if secret is None else str(secret)


def _minutes(length: timedelta) -> int:
    return -(-int(length.total_seconds()) // 60)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
