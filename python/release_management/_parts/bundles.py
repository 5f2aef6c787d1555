"""Releases as signed files, and whose are taken."""

from __future__ import annotations

import os
from pathlib import Path

from .. import records as r
from .base import Part


class Bundles(Part):
    """Releases as signed files, and whose are taken."""

    # --- bundles

    def upload_bundle(self, file: str | os.PathLike[str]) -> r.Bundle:
        """Sends a bundle that a trusted key signed; it is verified whole and kept. The same bundle again changes nothing.

        :meth:`create_release` makes a release of it: ``rm.create_release(bundle=rm.upload_bundle("shop-2.1.0.tar.zst"))``
        """
        with Path(os.fspath(file)).open("rb") as content:
            found = self._transport.upload("bundles", content=content, kind="application/vnd.tidegate.bundle")
        return self._of(r.Bundle, found)

    def bundles(self) -> r.Records[r.Bundle]:
        """Those that the server keeps, the newest first."""
        return self._list(r.Bundle, ("bundles",), {})

    def bundle(self, digest: str) -> r.Bundle:
        """One bundle: who signed it, what is in it (``files``), and what is made of it."""
        return self._of(r.Bundle, self._transport.get("bundles", digest))

    def remove_bundle(self, digest: str) -> None:
        """Removes a bundle that no release is made of."""
        self._transport.delete("bundles", digest)

    def bundle_keys(self) -> r.Records[r.BundleKey]:
        """The public keys whose bundles are taken."""
        return self._list(r.BundleKey, ("bundle-keys",), {})

    def trust_bundle_key(self, name: str, key: str | os.PathLike[str]) -> r.BundleKey:
        """Takes the bundles that a key signed: its text in PEM, or the file that holds it."""
        given = os.fspath(key)
        pem = given if "-----BEGIN" in given else Path(given).read_text()
        return self._of(r.BundleKey, self._transport.put("bundle-keys", name, body={"pem": pem}))

    def distrust_bundle_key(self, name: str) -> None:
        """Takes the bundles that a key signed no more; what was taken stays."""
        self._transport.delete("bundle-keys", name)
