"""Releases as signed files, and whose are taken for asyncio.

Written by `generate.py`; do not edit.
"""

from __future__ import annotations

import os

from .. import records as r
from ._base import Base


class Bundles(Base):
    """Releases as signed files, and whose are taken."""

    async def upload_bundle(self, file: str | os.PathLike[str]) -> r.Bundle:
        """Sends a bundle that a trusted key signed; it is verified whole and kept. The same bundle again changes nothing."""
        return await self._run(self.manager.upload_bundle, file)

    async def bundles(self) -> r.Records[r.Bundle]:
        """Those that the server keeps, the newest first."""
        return await self._run(self.manager.bundles)

    async def bundle(self, digest: str) -> r.Bundle:
        """One bundle: who signed it, what is in it (``files``), and what is made of it."""
        return await self._run(self.manager.bundle, digest)

    async def remove_bundle(self, digest: str) -> None:
        """Removes a bundle that no release is made of."""
        return await self._run(self.manager.remove_bundle, digest)

    async def bundle_keys(self) -> r.Records[r.BundleKey]:
        """The public keys whose bundles are taken."""
        return await self._run(self.manager.bundle_keys)

    async def trust_bundle_key(self, name: str, key: str | os.PathLike[str]) -> r.BundleKey:
        """Takes the bundles that a key signed: its text in PEM, or the file that holds it."""
        return await self._run(self.manager.trust_bundle_key, name, key)

    async def distrust_bundle_key(self, name: str) -> None:
        """Takes the bundles that a key signed no more; what was taken stays."""
        return await self._run(self.manager.distrust_bundle_key, name)
