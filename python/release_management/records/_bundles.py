"""Bundles and the keys that signed them."""

from __future__ import annotations

from ._record import Record


class BundleSigner(Record):
    """A key that signed a bundle; without a ``name`` where it is not trusted any more."""

    id: str
    name: str | None

    def _says(self) -> str:
        return self.name or self.id


class BundleFile(Record):
    """A file in a bundle; ``artifact`` and ``kind`` where it is one."""

    path: str
    sha256: str
    bytes: int
    media_type: str
    role: str
    artifact: str | None
    kind: str | None
    purl: str | None

    def _says(self) -> str:
        return f"{self.path} ({self.bytes} bytes)"


class Bundle(Record):
    """A bundle that was verified and kept; ``files`` and ``statements`` where it was asked for alone."""

    _nested = {"signers": BundleSigner, "files": BundleFile}
    digest: str
    name: str
    version: str
    bytes: int
    signers: list[BundleSigner]
    uploaded_by: str
    uploaded_ms: int
    releases: list[str]
    files: list[BundleFile]
    statements: list[str]

    def _says(self) -> str:
        return f"{self.name} {self.version} ({self.digest})"


class BundleKey(Record):
    """A public key whose bundles are taken."""

    name: str
    id: str
    pem: str
    trusted_by: str
    trusted_ms: int

    def _says(self) -> str:
        return f"{self.name} ({self.id})"
