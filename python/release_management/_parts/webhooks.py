"""Who outside is told of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from .. import records as r
from .base import Part, present


class Webhooks(Part):
    """Who outside is told of events."""

    # --- webhooks

    def webhooks(self) -> r.Records[r.Webhook]:
        """Every receiver, with what waits for it."""
        return self._list(r.Webhook, ("webhooks",), {})

    def webhook(self, name: str) -> r.Webhook:
        """One receiver."""
        return self._of(r.Webhook, self._transport.get("webhooks", name))

    def add_webhook(
        self, name: str, url: str, events: Iterable[str] = (), *, format: Literal["cdevents", "tidegate"] = "cdevents"
    ) -> tuple[r.Webhook, str]:
        """Adds a receiver, and answers it with its secret, which is never shown again.

        ``events`` are kinds, with ``*`` at the end (``rollout.*``); all of them unless given. What happens from now on is
        told, signed by Standard Webhooks.
        """
        body = {"name": name, "url": url, "events": list(events), "format": format}
        return self._with_secret(r.Webhook, "webhook", self._transport.post("webhooks", body=body))

    def remove_webhook(self, name: str) -> None:
        """Removes a receiver; what still waited for it is given up."""
        self._transport.delete("webhooks", name)

    def enable_webhook(self, name: str) -> r.Webhook:
        """Switches a receiver on; what happened meanwhile is told, too."""
        return self._of(r.Webhook, self._transport.post("webhooks", name, "enable", body={}))

    def disable_webhook(self, name: str, reason: str | None = None) -> r.Webhook:
        """Sends nothing until it is switched on again."""
        return self._of(r.Webhook, self._transport.post("webhooks", name, "disable", body=present(reason=reason)))

    def rotate_webhook_secret(self, name: str) -> tuple[r.Webhook, str]:
        """A new secret; messages are signed with both for a while."""
        return self._with_secret(r.Webhook, "webhook", self._transport.post("webhooks", name, "rotate", body={}))

    def test_webhook(self, name: str) -> r.WebhookTested:
        """Sends one message, and says what came back."""
        return self._of(r.WebhookTested, self._transport.post("webhooks", name, "test", body={}))

    def deliveries(self, name: str, state: str | None = None) -> r.Records[r.Delivery]:
        """Messages to a receiver, newest first: ``waiting``, ``delivered`` or ``dead``."""
        return self._list(r.Delivery, ("webhooks", name, "deliveries"), {"state": state})

    def replay(self, name: str, delivery: str | None = None) -> int:
        """Sends one message again, or all that were given up; answers how many."""
        return int(self._transport.post("webhooks", name, "replay", body=present(delivery=delivery))["deliveries"])
