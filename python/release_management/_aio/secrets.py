"""Values that instances get and nobody sees for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

from .. import records as r
from ._base import Base


class Secrets(Base):
    """Values that instances get and nobody sees."""

    async def secrets(self, environment: str) -> r.Records[r.Secret]:
        """Which secrets an environment has or asks for; never their values."""
        return await self._run(self.manager.secrets, environment)

    async def set_secret(self, environment: str, name: str, value: str | bytes) -> r.Secret:
        """Sets a secret: instances that start from now on get it. The same value again changes nothing."""
        return await self._run(self.manager.set_secret, environment, name, value)

    async def remove_secret(self, environment: str, name: str) -> None:
        """Removes a secret that nothing asks for any more."""
        return await self._run(self.manager.remove_secret, environment, name)

    async def rotate_secrets_key(self) -> int:
        """Seals every secret under a new key and forgets the old one; answers how many."""
        return await self._run(self.manager.rotate_secrets_key)
