"""Who outside is told of events for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from .. import records as r
from ._base import Base


class Webhooks(Base):
    """Who outside is told of events."""

    async def webhooks(self) -> r.Records[r.Webhook]:
        """Every receiver, with what waits for it."""
        return await self._run(self.manager.webhooks)

    async def webhook(self, name: str) -> r.Webhook:
        """One receiver."""
        return await self._run(self.manager.webhook, name)

    async def add_webhook(self, name: str, url: str, events: Iterable[str]=(), *, format: Literal['cdevents', 'tidegate']='cdevents') -> tuple[r.Webhook, str]:
        """Adds a receiver, and answers it with its secret, which is never shown again."""
        return await self._run(self.manager.add_webhook, name, url, events, format=format)

    async def remove_webhook(self, name: str) -> None:
        """Removes a receiver; what still waited for it is given up."""
        return await self._run(self.manager.remove_webhook, name)

    async def enable_webhook(self, name: str) -> r.Webhook:
        """Switches a receiver on; what happened meanwhile is told, too."""
        return await self._run(self.manager.enable_webhook, name)

    async def disable_webhook(self, name: str, reason: str | None=None) -> r.Webhook:
        """Sends nothing until it is switched on again."""
        return await self._run(self.manager.disable_webhook, name, reason)

    async def rotate_webhook_secret(self, name: str) -> tuple[r.Webhook, str]:
        """A new secret; messages are signed with both for a while."""
        return await self._run(self.manager.rotate_webhook_secret, name)

    async def test_webhook(self, name: str) -> r.WebhookTested:
        """Sends one message, and says what came back."""
        return await self._run(self.manager.test_webhook, name)

    async def deliveries(self, name: str, state: str | None=None) -> r.Records[r.Delivery]:
        """Messages to a receiver, newest first: ``waiting``, ``delivered`` or ``dead``."""
        return await self._run(self.manager.deliveries, name, state)

    async def replay(self, name: str, delivery: str | None=None) -> int:
        """Sends one message again, or all that were given up; answers how many."""
        return await self._run(self.manager.replay, name, delivery)
